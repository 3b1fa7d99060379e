"""The commands of the audit: `schakel audit …`. Exit codes: 0 all is well, 1 it is not."""

from __future__ import annotations

import json
import re
from typing import Annotated

import typer

from api.settings import read_settings
from api.terminal import AsJson, stops_clearly

audit = typer.Typer(
    no_args_is_help=True,
    help="Bewijs dat het logboek van handelingen klopt. Voorbeeld: schakel audit verify",
)


@audit.callback()
def _audit() -> None:
    """Keeps `verify` a command of `audit`, though it is the only one."""


@audit.command()
@stops_clearly
def verify(
    head: Annotated[
        str | None,
        typer.Option(
            metavar="HASH", help="Een hash die u eerder elders noteerde; die moet er nog in staan."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Lees het logboek na: of er niets veranderd, weggehaald, verplaatst of tussengevoegd is.

    Noteer de hash die dit toont ergens anders, en geef hem de volgende keer mee. Eindigt met 1
    als er iets niet klopt. Voorbeeld: schakel audit verify --json
    """
    from api.bootstrap import open_database
    from data.audit_check import verify as read_through

    if head is not None and not re.fullmatch(r"[0-9a-f]{64}", head):
        typer.echo("Niet gelukt: --head is een hash van 64 tekens: 0-9 en a-f.", err=True)
        raise typer.Exit(1)
    database = open_database(read_settings())
    database.migrate()
    with database.read() as session:
        found = read_through(session, head)
    if as_json:
        told = {
            "regels": found.count,
            "hoofd": found.head,
            "goed": not found.wrong,
            "aantal_fouten": found.wrong,
            "fouten": [{"nummer": f.number, "fout": f.kind.value} for f in found.faults],
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for fault in found.faults:
            typer.echo(f"{f'regel {fault.number}: ' if fault.number else ''}{fault.kind.value}")
        typer.echo(f"{found.count} regels nagelezen, {found.wrong} fouten.")
        typer.echo(f"hoofd: {found.head}")
    if found.wrong:
        raise typer.Exit(1)
