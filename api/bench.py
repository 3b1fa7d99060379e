"""The commands `schakel bench ...`: how fast it is, beside what everyone would use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from api.settings import read_settings
from api.terminal import AsJson, stderr, stdout, stops_clearly

bench = typer.Typer(
    no_args_is_help=True,
    help="Meet hoe snel Schakel is. Voorbeeld: schakel bench encoder",
)

QUERIES: Final = 40
QUERY_WORDS: Final = 12
CORPUS_TEXTS: Final = 64


@bench.callback()
def _group() -> None:
    """Keeps the name of a measurement a command, also while there is one."""


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
