"""`schakel bench match`: the whole measurement, tiny, and the database that it makes."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.bench_match import Sizes, measure
from api.show_match_speed import show_match_speed
from data.database import Database
from data.made.fill import fill
from data.made.questions import ALL_NATIONAL, MIXED, Shares
from data.made.texts import PROBLEM, RESOLUTION, Recombiner
from data.tables import Base, ParticipationRow, PersonRow, QuestionRow, ResolutionRow
from embeddings.recombined import RecombinedEncoder
from matcher.types import QuestionStatus, Role, SharingScope
from tests.fakes import WordEncoder

pytestmark = pytest.mark.usefixtures("unsettled")

CASES, PEOPLE = 400, 60


def _filled(folder: Path, shares: Shares, seed: int = 7) -> Database:
    database = Database.open(f"sqlite:///{folder / f'{len(list(folder.iterdir()))}.db'}")
    database.migrate()
    with database.write() as session:
        fill(session, CASES, PEOPLE, shares, np.random.default_rng(seed))
    return database


def _rows(database: Database, without: tuple[str, ...] = ()) -> dict[str, list[tuple[object, ...]]]:
    with database.read() as session:
        rows = {
            table.name: [
                tuple(row)
                for row in session.execute(
                    select(*(c for c in table.columns if c.name not in without))
                )
            ]
            for table in Base.metadata.sorted_tables
        }
    database.close()
    return rows


def _count(session: Session, *conditions: object) -> int:
    query = select(func.count(QuestionRow.id)).where(*conditions)  # type: ignore[arg-type]
    return session.scalar(query) or 0


def test_a_tiny_run_gives_every_figure() -> None:
    steps: list[tuple[int, int]] = []
    figures = measure(
        WordEncoder(), Sizes(80, 50, 3), lambda done, total: steps.append((done, total))
    )
    assert figures["sizes"]["resolution"] == 80
    assert figures["sizes"]["question"] == 82
    assert figures["sizes"]["person"] == 50
    assert 80 < figures["sizes"]["words_a_case"] < 200
    assert figures["cases_seen"]["schakel"] == figures["cases_seen"]["plain"] == 80
    assert 0 < figures["cases_seen"]["mixed"] < 80
    for name in ("schakel", "plain", "mixed"):
        found = figures["milliseconds"][name]
        assert 0 < found["p50"] <= found["p90"] <= found["p99"]
    assert figures["encoding_milliseconds"]["p50"] > 0
    assert {"view", "retrieve", "visible", "experts", "rest"} <= figures[
        "stage_milliseconds"
    ].keys()
    assert min(figures["stage_milliseconds"].values()) >= 0
    assert 1 <= figures["full_answers"] <= 3
    assert figures["build_seconds"] > 0
    assert min(figures["limit"].values()) > 0
    assert steps[-1] == (13, 13)
    assert json.loads(json.dumps(figures)) == figures

    shown = io.StringIO()
    show_match_speed(Console(file=shown, width=120), figures)
    for row in ("alles landelijk", "gedeeld zoals het gaat", "FAISS + BM25", "coderen", "Grens:"):
        assert row in shown.getvalue()


def test_the_made_database_has_the_sizes_that_were_asked(tmp_path: Path) -> None:
    database = _filled(tmp_path, MIXED)
    with database.read() as session:
        assert _count(session, QuestionRow.status == QuestionStatus.SOLVED) == CASES
        assert _count(session, QuestionRow.status == QuestionStatus.OPEN) == CASES / 40
        assert session.scalar(select(func.count(ResolutionRow.question_id))) == CASES
        people = Counter(session.scalars(select(PersonRow.role)))
        assert people.total() == PEOPLE
        assert people[Role.SCHOOL_LEADER] > 10 * people[Role.ADVISER] > 0
        national = _count(session, QuestionRow.scope == SharingScope.NATIONAL)
        assert 0.1 < national / CASES < 0.3
        parts = session.execute(
            select(ParticipationRow.person_id, func.count()).group_by(ParticipationRow.person_id)
        )
        counts = sorted(count for _, count in parts)
        assert 2.5 < sum(counts) / CASES < 3.5
        assert counts[-1] > 3 * counts[len(counts) // 2]  # a few are asked far more than most
    database.close()


def test_every_made_text_is_sentences_of_the_sample(tmp_path: Path) -> None:
    known = {
        (name, sentence)
        for source in Recombiner.from_sample().sources
        for name, sentences in source.fields.items()
        for sentence in sentences
    }
    columns = dict(
        zip(
            (*PROBLEM, *RESOLUTION),
            (
                *(QuestionRow.title, QuestionRow.situation, QuestionRow.tried, QuestionRow.goal),
                *(ResolutionRow.approach, ResolutionRow.worked, ResolutionRow.did_not_work),
            ),
            strict=True,
        )
    )
    database = _filled(tmp_path, ALL_NATIONAL)
    with database.read() as session:
        rows = session.execute(select(*columns.values()).outerjoin(ResolutionRow)).all()
    database.close()
    texts = {
        (name, line)
        for row in rows
        for name, text in zip(columns, row, strict=True)
        for line in (text or "").splitlines()
    }
    assert texts <= known
    assert len({row.situation for row in rows}) > 0.9 * len(rows)


def test_the_same_seed_gives_the_same_rows_and_scopes_change_nothing_else(tmp_path: Path) -> None:
    when = ("written_at",)
    first, again = (_rows(_filled(tmp_path, MIXED), when) for _ in range(2))
    assert first == again
    national = _rows(_filled(tmp_path, ALL_NATIONAL), (*when, "scope"))
    assert national == _rows(_filled(tmp_path, MIXED), (*when, "scope"))
    other = _rows(_filled(tmp_path, MIXED, seed=8), when)
    assert other["question"] != first["question"]


def test_a_mixed_vector_lies_between_those_of_its_sentences() -> None:
    words = WordEncoder()
    encoder = RecombinedEncoder(words)
    lines = ["Pesten in de groepsapp", "Te weinig leraren op school"]
    mixed, alone = encoder.encode_documents(["\n".join(lines), lines[0]])
    each = words.encode_documents(lines)
    assert alone == pytest.approx(each[0], abs=1e-6)
    assert np.linalg.norm(mixed) == pytest.approx(1.0, abs=1e-6)
    assert (each @ mixed > 0.5).all()
    assert encoder.fingerprint != words.fingerprint


def test_sentences_are_encoded_once_and_queries_whole() -> None:
    words = WordEncoder()
    encoder = RecombinedEncoder(words)
    encoder.encode_documents(["een leerling\ntwee klassen", "twee klassen"])
    encoder.encode_documents(["een leerling"])
    encoder.encode_queries(["een leerling\ntwee klassen"])
    assert words.encoded == ["een leerling", "twee klassen", "een leerling\ntwee klassen"]
