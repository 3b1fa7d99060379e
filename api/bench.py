"""The commands `schakel bench ...`: how fast it is, beside what everyone would use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from api.bench_index_targets import Part
from api.settings import read_settings
from api.terminal import AsJson, stderr, stdout, stops_clearly

bench = typer.Typer(
    no_args_is_help=True,
    help="Meet hoe snel Schakel is. Voorbeeld: schakel bench encoder",
)

QUERIES: Final = 40
QUERY_WORDS: Final = 12
CORPUS_TEXTS: Final = 64


@bench.command()
@stops_clearly
def encoder(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="MAP", help="Een beoordeelde set, voor teksten van echte lengte."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Meet de encoder naast sentence-transformers op torch; dat duurt enkele minuten.

    Voorbeeld: schakel bench encoder ../shared/bench/dekamer-dev
    """
    from api.bootstrap import sample_texts
    from api.show import progress_bar, show_encoder
    from data.judged import read_collection
    from embeddings.benchmark import measure
    from embeddings.contender import Wanted

    sample = sample_texts()
    batches = {"voorbeeldset": sample}
    if folder:
        texts = [document.problem for document in read_collection(folder).documents()]
        batches[folder.name] = texts[:: max(1, len(texts) // CORPUS_TEXTS)][:CORPUS_TEXTS]
    queries = [" ".join(text.split()[:QUERY_WORDS]) for text in sample[:QUERIES]]
    settings = read_settings()
    wanted = Wanted(settings.model, settings.backend, settings.models)
    with progress_bar(stderr(), "Metingen") as progress:
        figures = measure(wanted, queries, batches, progress)
    if as_json:
        typer.echo(json.dumps(figures, indent=2))
    else:
        show_encoder(stdout(), figures)


@bench.command()
@stops_clearly
def match(
    cases: Annotated[int, typer.Option(help="Gemaakte opgeloste casussen.", min=50)] = 20_000,
    people: Annotated[int, typer.Option(help="Gemaakte mensen.", min=50)] = 2_000,
    queries: Annotated[int, typer.Option(help="Vragen die worden gesteld.", min=1)] = 100,
    as_json: AsJson = False,
) -> None:
    """Meet een hele match over een gemaakte database, naast FAISS met BM25; dat duurt minuten.

    Voorbeeld: schakel bench match --cases 20000 --people 2000
    """
    from api.bench_match import Sizes, measure
    from api.bootstrap import encoder_of
    from api.show import progress_bar
    from api.show_match_speed import show_match_speed

    settings = read_settings()
    encoder = encoder_of(settings, settings.model)
    encoder.load()
    with progress_bar(stderr(), "Teksten, dan vragen") as progress:
        figures = measure(encoder, Sizes(cases, people, queries), progress)
    if as_json:
        typer.echo(json.dumps(figures, indent=2))
    else:
        show_match_speed(stdout(), figures)


@bench.command()
@stops_clearly
def index(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="MAP", help="Een beoordeelde set, om casussen van te maken."),
    ] = None,
    parts: Annotated[
        list[Part] | None,
        typer.Option(
            "--part", help="Alleen dit deel; mag vaker. Anders alle vier.", show_default=False
        ),
    ] = None,
    largest: Annotated[
        int, typer.Option(help="Gemaakte casussen, op zijn meest.", min=1_000)
    ] = 100_000,
    queries: Annotated[int, typer.Option(help="Vragen die worden gesteld.", min=1)] = 100,
    served: Annotated[
        int, typer.Option(help="Casussen waar, onder schrijven, wordt gezocht.", min=50)
    ] = 2_000,
    seconds: Annotated[float, typer.Option(help="Hoe lang er wordt geschreven.", min=1.0)] = 30.0,
    sought: Annotated[
        int, typer.Option(help="Eén op de zoveel vragen wordt intussen gezocht.", min=1)
    ] = 40,
    again: Annotated[int, typer.Option(help="Casussen waarvan 1% verandert.", min=200)] = 20_000,
    as_json: AsJson = False,
) -> None:
    """Meet de index: zoeken naast txtai, starten, vindbaar worden en bijwerken; dat duurt lang.

    Voorbeeld: schakel bench index ../shared/bench/dekamer-dev --largest 1000000
    """
    from api.bench_corpus import corpus_of, keeping
    from api.bench_index import measure
    from api.bench_index_parts import SIZE, SMALLEST, Material, Sizes
    from api.bootstrap import encoder_of
    from api.show import progress_bar
    from api.show_index_speed import show_index_speed

    settings = read_settings()
    encoder = encoder_of(settings, settings.model)
    material = Material(corpus_of(folder), encoder, keeping(encoder, settings), settings)
    sizes = Sizes(
        smallest=min(SMALLEST, largest),
        beside=min(SIZE, largest),
        largest=largest,
        queries=queries,
        exact_limit=settings.exact_limit,
        served=served,
        seconds=seconds,
        sought=sought,
        again=again,
    )
    with progress_bar(stderr(), "Stappen") as progress:
        figures = measure(material, sizes, parts or tuple(Part), progress)
    if as_json:
        typer.echo(json.dumps(figures, indent=2))
    else:
        show_index_speed(stdout(), figures)
