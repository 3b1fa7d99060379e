"""The commands of the batch job: `schakel reindex`, and `schakel index …`.

Exit codes: 0 done, or nothing to do; 1 not done, or not sound; 75 another process is at it
(EX_TEMPFAIL: try again later).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from itertools import takewhile
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from api.settings import read_settings
from api.terminal import AsJson, stderr, stdout, stops_clearly

if TYPE_CHECKING:
    from api.reindexing import Done, Plan
    from data.database import Database
    from embeddings.storage import IndexFolder

index = typer.Typer(
    no_args_is_help=True,
    help="Bekijk en herstel de index. Voorbeeld: schakel index status",
)

BUSY: Final = 75


@stops_clearly
def reindex(
    full: Annotated[
        bool, typer.Option("--full", help="Leer alles opnieuw, ook als weinig veranderde.")
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAAM", help="Een ander model: een map of een naam, zie de README."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Zeg wat er te doen is, en verander niets.")
    ] = False,
    wait: Annotated[
        float, typer.Option(help="Hoeveel seconden te wachten op een ander die bezig is.", min=0.0)
    ] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Breng de index bij; wat al bekend is wordt niet opnieuw berekend.

    De dienst blijft intussen antwoorden. Het mag worden afgebroken en opnieuw gestart.
    Eindigt met 0: gedaan; 1: niet gelukt; 75: een ander is al bezig.
    Voorbeeld: schakel reindex --full
    """
    from api.bootstrap import open_schakel
    from api.reindexing import plan
    from api.reindexing import reindex as bring_up_to_date
    from api.show import progress_bar
    from matcher.errors import IndexBusy

    settings = read_settings()
    if model is not None:
        settings = settings.model_copy(update={"model": model})
    schakel = open_schakel(settings)
    schakel.database.migrate()
    if dry_run:
        _tell(_planned(plan(schakel.indexer, full)), as_json)
        return
    try:
        with progress_bar(stderr(), "Teksten") as progress:
            done = bring_up_to_date(schakel.indexer, full=full, wait=wait, progress=progress)
    except IndexBusy as busy:
        typer.echo(f"Niet gelukt: {busy}", err=True)
        raise typer.Exit(BUSY) from None
    _tell(_reported(done), as_json)


@index.command()
@stops_clearly
def status(as_json: AsJson = False) -> None:
    """Zeg welke index er is, hoe ver hij achterloopt en waarnaar terug kan.

    Eindigt met 1 als er geen goede index is. Voorbeeld: schakel index status --json
    """
    told = _status(*_opened())
    _tell(told, as_json)
    if told["generatie"] is None or not told["van_deze_database"]:
        raise typer.Exit(1)


@index.command()
@stops_clearly
def verify(as_json: AsJson = False) -> None:
    """Lees elk bestand van elke bewaarde index na. Eindigt met 1 als er een niet klopt.

    Voorbeeld: schakel index verify
    """
    folder, _ = _opened()
    current = folder.current_name()
    found = [
        {
            "generatie": name,
            "in_gebruik": name == current,
            "bestand": state.file,
            "bytes": state.bytes,
            "goed": state.problem is None,
            "probleem": str(state.problem) if state.problem else None,
        }
        for name in folder.names()
        for state in folder.verify(name)
    ]
    unsound = [each for each in found if not each["goed"]]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for each in unsound:
            typer.echo(f"{each['generatie']}/{each['bestand']}: {each['probleem']}")
        typer.echo(f"{len(found)} bestanden nagelezen, {len(unsound)} niet goed.")
    if unsound or current is None:
        raise typer.Exit(1)


@index.command()
@stops_clearly
def rollback() -> None:
    """Ga terug naar de vorige index; wat sindsdien is geschreven, wordt gewoon gevonden.

    Voorbeeld: schakel index rollback
    """
    from matcher.errors import IndexBusy

    folder, _ = _opened()
    try:
        with folder.lease("schakel index rollback") as lease:
            name = folder.rollback(lease)
    except IndexBusy as busy:
        typer.echo(f"Niet gelukt: {busy}", err=True)
        raise typer.Exit(BUSY) from None
    typer.echo(f"{name} is nu in gebruik.")


def _opened() -> tuple[IndexFolder, Database]:
    """No model: an index can be looked at, and gone back from, where its model is missing."""
    from api.bootstrap import open_database, open_folder

    settings = read_settings()
    database = open_database(settings)
    database.migrate()
    return open_folder(settings), database


def _status(folder: IndexFolder, database: Database) -> dict[str, Any]:
    from data.documents import SqlDocuments
    from matcher.errors import IndexStateError

    try:
        name = folder.current_name()
        facts: Mapping[str, Any] = folder.facts(name) if name else {}
    except IndexStateError as error:
        return {"generatie": None, "van_deze_database": False, "probleem": str(error)}
    if name is None:
        return {"generatie": None, "van_deze_database": False, "probleem": "er is geen index"}
    with database.read() as session:
        source = SqlDocuments(session)
        own = source.anchor(facts["position"]) == facts["anchor"]
        rows, since = source.waiting(facts["position"])
    return {
        "generatie": name,
        "van_deze_database": own,
        "documenten": facts["documents"],
        "model": facts["model"],
        "positie": facts["position"],
        "achterstand": rows,
        "oudste_ongelezen": since.isoformat(timespec="seconds") if since else None,
        "lagen": len(facts["segments"]),
        "terug_naar": list(takewhile(lambda other: other != name, folder.names())),
    }


def _planned(todo: Plan) -> dict[str, Any]:
    return {
        "te_doen": "niets" if todo.nothing else "alles opnieuw" if todo.why else "bijwerken",
        "waarom": todo.why.value if todo.why else None,
        "documenten": len(todo.ids),
        "geschreven_sinds": len(todo.written),
    }


def _reported(done: Done) -> dict[str, Any]:
    return {
        "generatie": done.name,
        **_planned(done.plan),
        "documenten": done.documents,
        "gevonden_van_de_beste_tien": _figure(done.recall),
        "teruggevonden": _figure(done.found_again),
        "teruggevonden_ervoor": _figure(done.found_before),
        "seconden": round(done.seconds, 2),
    }


def _figure(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)


def _tell(told: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for name, value in told.items():
        if value is not None:
            shown = ("ja" if value else "nee") if isinstance(value, bool) else value
            shown = ", ".join(shown) if isinstance(shown, list) else shown
            stdout().print(f"{name.replace('_', ' ')}: {shown}", markup=False)
