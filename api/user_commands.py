"""`schakel user`: accounts from the machine on which it runs."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from api.settings import read_settings
from api.terminal import AsJson, stdout, stops_clearly
from data.keys import LONGEST_TOKEN, TokenScope

if TYPE_CHECKING:
    from api.settings import Settings
    from data.database import Database

user = typer.Typer(
    no_args_is_help=True,
    help="Accounts: uitnodigen, sluiten, tokens maken.\n\nVoorbeeld: schakel user list",
)

_Person = Annotated[str, typer.Argument(metavar="PERSOON", help="De code, bijvoorbeeld p01.")]


@user.command("list")
@stops_clearly
def list_(as_json: AsJson = False) -> None:
    """Toon wie een account heeft. Voorbeeld: schakel user list"""
    from data.accounts import Accounts
    from data.directory import SqlDirectory

    with _database(read_settings()).read() as session:
        accounts = {account.person: account for account in Accounts(session).all()}
        people = SqlDirectory(session).people()
    rows = [
        {
            "id": person.id,
            "naam": person.name,
            "rol": person.role.value,
            "organisatie": person.organisation_name,
            "email": accounts[person.id].email if person.id in accounts else None,
            "gesloten": accounts[person.id].closed if person.id in accounts else None,
        }
        for person in people
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("id", "naam", "rol", "organisatie", "account")
    for row in rows:
        state = "gesloten" if row["gesloten"] else row["email"] or ""
        shown = (row["id"], row["naam"], row["rol"], row["organisatie"], state)
        table.add_row(*map(str, shown))
    stdout().print(table)


@user.command()
@stops_clearly
def invite(
    person: _Person,
    email: Annotated[
        str | None, typer.Option("--email", metavar="ADRES", help="Waarmee iemand zich aanmeldt.")
    ] = None,
) -> None:
    """Maak een account en mail een link om een wachtwoord te kiezen, of toon die hier.

    Voorbeeld: schakel user invite p01 --email directeur@school.nl
    """
    from data.account_tables import LinkPurpose
    from data.accounts import Accounts
    from data.audit import Audit
    from data.clock import utc_now
    from data.mail import MailOutbox
    from matcher.errors import Conflict, NotFound
    from matcher.letters import Letter
    from matcher.policy import Act
    from matcher.types import PersonId, Viewer

    settings = read_settings()
    with _database(settings).write() as session:
        accounts, id_ = Accounts(session), PersonId(person)
        try:
            if email:
                accounts.make(id_, email)
            accounts.of(id_)
        except NotFound as error:
            unknown = "deze persoon bestaat niet." if error.kind == "person" else "geef --email."
            raise _failed(unknown) from None
        except Conflict:
            raise _failed("dit e-mailadres hoort al bij iemand anders.") from None
        if settings.smtp_host:
            MailOutbox(session).add(Letter.INVITATION, id_, "", f"uitnodiging/{uuid.uuid4()}")
        else:
            link = accounts.make_link(id_, LinkPurpose.INVITATION, utc_now())
        Audit(session).add(Viewer(), Act.MANAGE_PEOPLE, id_)
    if settings.smtp_host:
        typer.echo("De uitnodiging wordt gemaild zodra de dienst draait.")
    else:
        typer.echo(f"{settings.base_address}/uitnodiging/{link}")


@user.command()
@stops_clearly
def token(
    person: _Person,
    name: Annotated[str, typer.Option("--name", help="Waarvoor het is.")] = "programma",
    scope: Annotated[
        list[TokenScope] | None, typer.Option("--scope", help="Wat het mag; mag vaker.")
    ] = None,
    days: Annotated[
        int, typer.Option("--days", min=1, max=LONGEST_TOKEN.days, help="Hoe lang het geldt.")
    ] = 90,
) -> None:
    """Maak een token voor een programma; het wordt één keer getoond.

    Voorbeeld: schakel user token p01 --name rapportage --scope lezen
    """
    from data.audit import Audit
    from data.clock import utc_now
    from data.directory import SqlDirectory
    from data.keys import Keys
    from matcher.errors import NotFound
    from matcher.policy import Act
    from matcher.types import Viewer

    now = utc_now()
    with _database(read_settings()).write() as session:
        try:
            found = SqlDirectory(session).person(person)
        except NotFound:
            raise _failed("deze persoon bestaat niet.") from None
        scopes = scope or [TokenScope.READ]
        until = now + timedelta(days=days)
        secret, made = Keys(session).make_token(found.id, name, scopes, until, now)
        Audit(session).add(Viewer(), Act.MAKE_TOKEN, made.id)
    typer.echo(secret)


@user.command()
@stops_clearly
def close(
    person: _Person,
    reopen: Annotated[bool, typer.Option("--reopen", help="Laat weer toe.")] = False,
) -> None:
    """Sluit een account, met alle sessies en tokens. Voorbeeld: schakel user close p01"""
    from data.accounts import Accounts
    from data.audit import Audit
    from matcher.errors import NotFound
    from matcher.policy import Act
    from matcher.types import PersonId, Viewer

    with _database(read_settings()).write() as session:
        try:
            Accounts(session).close(PersonId(person), not reopen)
            Audit(session).add(Viewer(), Act.CLOSE_ACCOUNT, person)
        except NotFound:
            raise _failed("deze persoon heeft geen account.") from None
    typer.echo("Het account is weer open." if reopen else "Het account is gesloten.")


@user.command("forget-code")
@stops_clearly
def forget_code(person: _Person) -> None:
    """Vergeet de tweede stap van wie zijn telefoon kwijt is.

    Voorbeeld: schakel user forget-code p40
    """
    from data.accounts import Accounts
    from data.audit import Audit
    from matcher.errors import NotFound
    from matcher.policy import Act
    from matcher.types import PersonId, Viewer

    with _database(read_settings()).write() as session:
        try:
            Accounts(session).forget_code(PersonId(person))
            Accounts(session).sign_out_everywhere(PersonId(person))
            Audit(session).add(Viewer(), Act.SET_CODE, person)
        except NotFound:
            raise _failed("deze persoon heeft geen account.") from None
    typer.echo("De tweede stap is vergeten.")


@user.command()
@stops_clearly
def code(person: _Person) -> None:
    """Toon de code van een demoaccount. Voorbeeld: SCHAKEL_DEMO=1 schakel user code p40"""
    from api.demo import code_secret_of
    from api.passwords import code_at
    from data.clock import utc_now
    from matcher.errors import Conflict, NotFound
    from matcher.types import PersonId

    settings = read_settings()
    try:
        secret = code_secret_of(_database(settings), settings.demo, PersonId(person))
    except (Conflict, NotFound):
        raise _failed("dit kan alleen met SCHAKEL_DEMO=1, voor wie een code heeft.") from None
    typer.echo(code_at(secret, utc_now()))


def _database(settings: Settings) -> Database:
    from api.bootstrap import open_database

    return open_database(settings)


def _failed(why: str) -> typer.Exit:
    typer.echo(f"Niet gelukt: {why}", err=True)
    return typer.Exit(1)
