"""The command line `schakel`. Commands that need no model import none."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from api.audit_commands import audit
from api.bench import bench
from api.evaluate import evaluate
from api.index_commands import index, reindex
from api.settings import read_settings
from api.terminal import AsJson, stderr, stdout, stops_clearly
from api.user_commands import user

if TYPE_CHECKING:
    from api.bootstrap import Schakel

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Schakel brengt de vraag van een school bij casussen en mensen die kunnen helpen.",
)

app.add_typer(audit, name="audit")
app.add_typer(bench, name="bench")
app.add_typer(index, name="index")
app.add_typer(user, name="user")


@app.command()
@stops_clearly
def serve(
    prepare: Annotated[
        bool,
        typer.Option(
            "--prepare", help="Werk eerst de database bij en vul wat leeg is met het voorbeeld."
        ),
    ] = False,
) -> None:
    """Start de dienst. Voorbeeld: SCHAKEL_DEMO=1 schakel serve --prepare"""
    from api.serving import run

    run(read_settings(), prepare=prepare, console=stderr())


@app.command()
@stops_clearly
def migrate() -> None:
    """Werk de tabellen van de database bij. Voorbeeld: schakel migrate"""
    from api.bootstrap import open_database

    settings = read_settings()
    open_database(settings).migrate()
    typer.echo("De database is bij.")


@app.command()
@stops_clearly
def sample() -> None:
    """Laad de voorbeeldset in een lege database. Voorbeeld: schakel sample"""
    from api.bootstrap import load_sample, open_database

    database = open_database(read_settings())
    database.migrate()
    for file, rows in load_sample(database).items():
        typer.echo(f"{rows:>5}  {file}")


@app.command()
@stops_clearly
def match(
    text: Annotated[str, typer.Argument(metavar="TEKST", help="De vraag, in gewone zinnen.")],
    person: Annotated[
        str, typer.Option("--as", metavar="PERSOON", help="Wie er vraagt, bijvoorbeeld p01.")
    ],
    as_json: AsJson = False,
) -> None:
    """Zoek wat bij een vraag past. Voorbeeld: schakel match "Rekenen zakt weg" --as p01"""
    from api.requests import LONGEST_TEXT
    from api.schemas import MatchesUit
    from api.show import show_matches
    from matcher.errors import NotFound

    if len(text) > LONGEST_TEXT or not _readable(text + person):
        typer.echo("Niet gelukt: de tekst is te lang of niet te lezen.", err=True)
        raise typer.Exit(1)
    schakel = _ready()
    try:
        viewer = schakel.desk.person(person)
    except NotFound:
        typer.echo("Niet gelukt: deze persoon bestaat niet.", err=True)
        raise typer.Exit(1) from None
    schakel.indexer.encoder.load()
    start = perf_counter()
    found = schakel.desk.search(viewer, text)
    matches = MatchesUit.of(found, perf_counter() - start)
    if as_json:
        typer.echo(matches.model_dump_json(by_alias=True))
    else:
        show_matches(stdout(), matches)


app.command()(reindex)
app.command()(evaluate)


def _readable(text: str) -> bool:
    """Whether what the shell gave is text: other bytes arrive as halves of characters."""
    return not any("\ud800" <= c <= "\udfff" for c in text)


def _ready() -> Schakel:
    """A Schakel that follows what is stored, to ask one thing of."""
    from api.bootstrap import open_schakel

    schakel = open_schakel(read_settings())
    schakel.indexer.load()
    return schakel


if __name__ == "__main__":
    app()
