"""What the bundled model makes of the sample set, asked as people ask: shared with everyone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from api.bootstrap import load_sample, open_schakel
from api.reindexing import reindex
from api.settings import Settings
from data.tables import QuestionRow
from embeddings.encoder import ModelEncoder
from matcher.metrics import ndcg
from matcher.text import redact
from matcher.types import SharingScope
from tests.doors import as_, opened
from tests.sample_questions import CASES_FOR, OFF_TOPIC, OTHER_SCHOOL_QUESTIONS

pytestmark = pytest.mark.usefixtures("unsettled")

VIEWER = as_("p03")
Answers = Mapping[str, dict[str, Any]]  # by the text that was asked


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, encoder: ModelEncoder) -> Iterator[TestClient]:
    settings = Settings(home=tmp_path_factory.mktemp("shared"), demo=True)
    schakel = open_schakel(settings, encoder)
    schakel.database.migrate()
    load_sample(schakel.database)
    with schakel.database.write() as session:
        session.execute(update(QuestionRow).values(scope=SharingScope.NATIONAL))
    reindex(schakel.indexer)
    schakel.indexer.load()
    with opened(schakel) as client:
        yield client


@pytest.fixture(scope="module")
def answers(client: TestClient) -> Answers:
    """To every question about schools."""
    return {text: _asked(client, text) for text in (*CASES_FOR, *OTHER_SCHOOL_QUESTIONS)}


def _asked(client: TestClient, text: str) -> dict[str, Any]:
    answer = client.post("/api/v1/vragen/_zoek", json={"tekst": text}, headers=VIEWER)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("text", OFF_TOPIC)
def test_a_text_about_something_else_fits_nothing_and_asks_no_one_s_time(
    client: TestClient, text: str
) -> None:
    found = _asked(client, text)
    assert found["passend"] is False
    assert (found["collegas"], found["adviseurs"]) == ([], [])
    assert found["melding"].startswith("Geen goede match gevonden.")
    assert {case["zin"] for case in found["casussen"]} == {""}


def test_a_short_question_about_schools_nearly_always_fits(answers: Answers) -> None:
    refused = [text for text, found in answers.items() if not found["passend"]]
    assert len(refused) <= 0.05 * len(answers), refused


def test_what_fits_comes_with_people_and_without_a_warning(answers: Answers) -> None:
    for found in answers.values():
        if found["passend"]:
            assert found["melding"] == ""
            assert found["collegas"]
            assert found["adviseurs"]


def test_the_cases_that_a_short_question_is_about_stand_high(answers: Answers) -> None:
    """Measured: 0.89 when likeness to the best cases came in."""
    measured = [
        ndcg([case["id"] for case in answers[text]["casussen"]], dict.fromkeys(cases, 1), 10)
        for text, cases in CASES_FOR.items()
    ]
    assert float(np.mean(measured)) >= 0.85


def test_the_quoted_sentence_is_a_whole_sentence_of_that_case(
    client: TestClient, answers: Answers
) -> None:
    quoted = {
        (case["id"], case["zin"])
        for found in answers.values()
        for case in found["casussen"]
        if case["zin"]
    }
    assert len({id_ for id_, _ in quoted}) > 30
    lines = {id_: _lines(client, id_) for id_ in {id_ for id_, _ in quoted}}
    for id_, sentence in quoted:
        assert any(_is_sentence_of(line, sentence) for line in lines[id_]), (id_, sentence)


def test_every_case_that_fits_is_quoted(answers: Answers) -> None:
    fitting = [found for found in answers.values() if found["passend"]]
    assert all(case["zin"] for found in fitting for case in found["casussen"])


def _lines(client: TestClient, id_: str) -> list[str]:
    """What was written in a case, part by part, with single spaces."""
    case = client.get(f"/api/v1/casussen/{id_}", headers=VIEWER).json()
    result = case["opbrengst"]
    written = [case[part] for part in ("situatie", "geprobeerd", "doel")]
    written += [result[part] for part in ("aanpak", "watWerkte", "watNietWerkte")]
    return [" ".join(redact(text).split()) for text in written]


def _is_sentence_of(line: str, sentence: str) -> bool:
    """From a full stop to the next; one that is long may be cut at a word."""
    said, cut = sentence.removesuffix(" …"), sentence.endswith(" …")
    before, found, after = line.partition(said)
    starts = not before or before.rstrip().endswith((".", "?", "!", "”", "’", '"', ")"))
    ends = cut or not after or said.endswith((".", "?", "!", "”", "’", '"', ")"))
    return bool(found) and starts and ends
