"""What a forked child does: serve and write for real, with words for a model."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import uvicorn

from api.bootstrap import Schakel, load_sample, open_schakel
from api.reindexing import reindex
from api.server import create_app
from api.settings import Settings
from data.directory import SqlDirectory
from data.made.questions import LAST_DAY
from data.made.texts import Recombiner
from data.questions import Questions
from embeddings.compounds import dutch
from embeddings.topic import everyday
from matcher.entities import NewQuestion
from tests.fakes import WordEncoder

dutch(), everyday()  # read once, before any child is forked


def opened(home: str) -> Schakel:
    return open_schakel(Settings(home=Path(home), demo=True), WordEncoder())


def prepare(home: str, more: int = 0) -> None:
    """A home with the sample set and `more` questions, and an index of them."""
    schakel = opened(home)
    schakel.database.migrate()
    load_sample(schakel.database)
    texts, rng = Recombiner.from_sample(), np.random.default_rng(1)
    with schakel.database.write() as session:
        asker = SqlDirectory(session).person("p01")
        for _ in range(more):
            text = texts.query(20, 60, rng)
            Questions(session).ask(NewQuestion(text[:60], text), asker, LAST_DAY)
    reindex(schakel.indexer)


def serve(home: str, port_file: str) -> None:
    """Serve until killed; the port is in `port_file` once it is open."""
    schakel = opened(home)
    schakel.indexer.load_or_stand_in()
    listening = socket.create_server(("127.0.0.1", 0))
    Path(port_file).write_text(str(listening.getsockname()[1]))
    config = uvicorn.Config(create_app(schakel), log_level="error")
    uvicorn.Server(config).run(sockets=[listening])


def write(home: str, name: str, threads: int, each: int) -> None:
    """Ask `each` questions from each of `threads` threads, following as the service does."""
    schakel = opened(home)
    schakel.indexer.load()
    asker = schakel.desk.person("p01")

    def ask(thread: int) -> None:
        for number in range(each):
            title = f"Vraag {name} {thread} {number}"
            schakel.desk.ask(asker, NewQuestion(title, f"{title} over de klas"))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(ask, range(threads)))  # raises what a thread raised
    Path(home, f"done-{name}").touch()
