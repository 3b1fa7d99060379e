"""Many who act at once, in threads and in processes: one chain, without gaps."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from sqlalchemy import select

from data.audit import Audit
from data.audit_check import verify
from data.audit_tables import AuditRow
from data.database import Database
from matcher.policy import Act
from matcher.types import PersonId, Viewer
from tests.children import in_child

EACH = 40


def add(database: Database, who: str) -> None:
    for number in range(EACH):
        with database.write() as session:
            Audit(session).add(Viewer(PersonId(who)), Act.READ, f"v{number}")


def add_in_threads(url: str, *people: str) -> None:
    """What a process does."""
    database = Database.open(url)
    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(partial(add, database), people))  # raises what a thread raised
    database.close()


def test_two_processes_of_two_threads_make_one_chain(database: Database) -> None:
    url = database._engine.url.render_as_string(hide_password=False)
    processes = (("p1", "p2"), ("p3", "p4"))
    with ThreadPoolExecutor(len(processes)) as pool:
        list(pool.map(lambda people: in_child(__name__, "add_in_threads", url, *people), processes))
    with database.read() as session:
        found = verify(session)
        rows = session.execute(select(AuditRow.number, AuditRow.person_id).order_by("number")).all()
    assert (found.count, found.wrong) == (4 * EACH, 0)
    assert [number for number, _ in rows] == list(range(1, 4 * EACH + 1))
    assert Counter(person for _, person in rows) == dict.fromkeys(("p1", "p2", "p3", "p4"), EACH)


def test_a_number_is_not_used_up_by_what_was_undone(database: Database) -> None:
    add(database, "p1")
    try:
        with database.write() as session:
            Audit(session).add(Viewer(PersonId("p2")), Act.READ, "v1")
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    add(database, "p3")
    with database.read() as session:
        assert (verify(session).count, verify(session).wrong) == (2 * EACH, 0)
