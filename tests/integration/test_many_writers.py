"""Several processes write at once: none is locked out, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from data.tables import OutboxRow, QuestionRow
from tests.forking import forking
from tests.serving import opened
from tests.soak import soak

PROCESSES, THREADS = 2, 8
EACH = soak(50, 250)  # of each thread: 4,000 in all


def test_two_processes_with_eight_threads_lose_no_write(tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    names = [f"p{number}" for number in range(PROCESSES)]
    with forking("tests.serving") as forks:
        forks.wait(forks.start("tests.serving:prepare", home))
        writers = [forks.start("tests.serving:write", home, name, THREADS, EACH) for name in names]
        for writer in writers:
            forks.wait(writer, seconds=600)
    assert all((tmp_path / "home" / f"done-{name}").exists() for name in names)
    schakel = opened(home)
    schakel.indexer.load()
    with schakel.database.read() as session:
        asked = set(
            session.scalars(select(QuestionRow.id).where(QuestionRow.title.startswith("Vraag p")))
        )
        titles = session.scalar(
            select(func.count(QuestionRow.title.distinct())).where(
                QuestionRow.title.startswith("Vraag p")
            )
        )
        last = session.scalar(select(func.max(OutboxRow.position)))
    assert len(asked) == titles == PROCESSES * THREADS * EACH
    assert asked <= schakel.served.current().found
    assert schakel.served.current().position == last
    schakel.database.close()
