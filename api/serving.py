"""Bringing everything up to date, and serving until stopped."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI
from rich.console import Console
from rich.text import Text

from api import logs
from api.bootstrap import Schakel, has_no_data, load_sample, open_schakel
from api.demo import Demo, prepare_demo
from api.prefix import PREFIX
from api.reindexing import reindex
from api.server import create_app
from api.settings import Settings, SettingsError
from api.show import progress_bar
from matcher.errors import IndexMissing, IndexStateError

PATIENCE = 600.0  # seconds that another process may take to make the index
_EXAMPLE = "Een leerling in groep 7 komt al weken niet naar school en de ouders houden contact af"


def run(settings: Settings, *, prepare: bool, console: Console) -> None:
    """Serve until interrupted. Raises IndexStateError, with its remedy, before the port opens."""
    logs.configure()
    schakel = open_schakel(settings)
    if prepare:
        _prepare(schakel, console)
    else:
        _load(schakel)
    listening = _listen(settings)
    _Server(configured(create_app(schakel)), schakel, console).run(sockets=[listening])


def configured(app: FastAPI) -> uvicorn.Config:
    """How uvicorn serves `app`: it logs where we do, and tells nothing of a request."""
    return uvicorn.Config(app, log_config=None, log_level="warning", access_log=False)


def _listen(settings: Settings) -> socket.socket:
    """The socket to serve on. Raises SettingsError when its address cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # said to be TCP: asyncio sends an answer at once on no other, and 40 ms late otherwise
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        reason = error.strerror or type(error).__name__
        raise SettingsError(
            f"SCHAKEL_HOST of PORT ({reason}); kies een andere poort met PORT="
        ) from None
    return listening


def _load(schakel: Schakel) -> None:
    """The index with all that was written: what got a 201 is found.

    Raises IndexMissing where there is none, and nothing is stored to make one of: what is served
    empty is served from the wrong place, mostly.
    """
    try:
        schakel.indexer.load()
    except IndexMissing:
        schakel.database.migrate()
        if has_no_data(schakel.database):
            raise
        schakel.indexer.load_or_stand_in()


def _prepare(schakel: Schakel, console: Console) -> None:
    """Database up to date, sample set if there is nothing, index if there is none that fits."""
    schakel.database.migrate()
    if has_no_data(schakel.database):
        rows = load_sample(schakel.database)
        console.print(f"Voorbeeldset geladen: {sum(rows.values())} regels.")
    try:
        schakel.indexer.load()
    except IndexMissing:
        pass
    except IndexStateError:  # of another version, say: it is a cache
        console.print("De index past niet bij deze versie of is beschadigd.")
    else:
        return
    console.print("Index maken; dat duurt de eerste keer een halve minuut.")
    with progress_bar(console, "Teksten") as progress:
        done = reindex(schakel.indexer, full=True, wait=PATIENCE, progress=progress)
    schakel.indexer.load()
    console.print(f"{done.name}: {done.documents} documenten.")


class _Server(uvicorn.Server):
    """Says where it is and how to try it, once it really listens."""

    def __init__(self, config: uvicorn.Config, schakel: Schakel, console: Console) -> None:
        super().__init__(config)
        self._schakel = schakel
        self._console = console

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce((sockets or [])[0].getsockname()[1])

    def _announce(self, port: int) -> None:
        address = f"http://{self._schakel.settings.host}:{port}"
        lines = [f"Schakel draait op {address} (stoppen: Ctrl-C)"]
        if self._schakel.settings.demo:
            lines += _demo_lines(prepare_demo(self._schakel), address)
        for line in lines:
            self._console.print(Text(line), soft_wrap=True)


def _demo_lines(demo: Demo, address: str) -> list[str]:
    if not demo.accounts:
        return []
    widest = max(len(account.email) for account in demo.accounts)
    lines = ["", f"Demoaccounts, met wachtwoord {demo.password}:"]
    for account in demo.accounts:
        person = account.person
        code = f"; code: SCHAKEL_DEMO=1 schakel user code {person.id}" if account.needs_code else ""
        lines.append(
            f"  {account.email:<{widest}}  {person.role}, {person.organisation_name}{code}"
        )
    if demo.token:
        lines += ["", "Probeer:"]
        lines.append(
            f"curl -s {address}{PREFIX}/vragen/_zoek -H 'Authorization: Bearer {demo.token}' "
            f"-H 'Content-Type: application/json' -d '{{\"tekst\": \"{_EXAMPLE}\"}}'"
        )
    return lines
