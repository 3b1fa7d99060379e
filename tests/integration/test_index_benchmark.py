"""`schakel bench index`: the whole measurement, tiny, the cases that it makes and its oracle."""

from __future__ import annotations

import io
import json
from collections import Counter
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from api.bench_corpus import corpus_of
from api.bench_index import measure
from api.bench_index_parts import Material, Sizes
from api.bench_index_targets import Part
from api.settings import Settings
from api.show_index_speed import show_index_speed
from data.made.corpus import Corpus, Sharing
from embeddings import peer_txtai
from embeddings.brute_force import Asked, exact
from embeddings.builder import build
from embeddings.mixed import MixedEncoder, StoredEncoder
from embeddings.peer_txtai import PeerMissing, TxtaiSearch, require_txtai
from matcher.fusion import scores
from matcher.types import NATIONAL_PARTITION, Document, DocumentId, DocumentKind, Field
from tests.fakes import WordEncoder

TINY = Sizes(smallest=60, beside=200, largest=300, queries=4, board_cases=50, rounds=1, again=300)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return corpus_of(None)


@pytest.fixture
def material(corpus: Corpus, tmp_path: Path) -> Material:
    return Material(corpus, WordEncoder(), WordEncoder(), Settings(home=tmp_path / "home"))


@pytest.fixture
def without_txtai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer_txtai, "find_spec", {}.get)


@pytest.mark.usefixtures("without_txtai")
def test_a_tiny_run_gives_every_figure_and_says_how_to_get_txtai(material: Material) -> None:
    steps: list[tuple[int, int]] = []
    told = measure(material, TINY, [Part.SEARCH], lambda done, total: steps.append((done, total)))
    assert told["sources"] == 40
    assert told["start"] is told["findable"] is told["again"] is None
    figures = told["search"]
    assert figures["build_seconds"]["txtai"] == []
    assert min(figures["build_seconds"]["schakel"]) > 0
    for name in ("within", "all"):
        found = figures[name]
        assert found["milliseconds"].keys() == found["milliseconds_alone"].keys() == {"schakel"}
        milliseconds = found["milliseconds"]["schakel"]
        assert 0 < milliseconds["p50"] <= milliseconds["p90"] <= milliseconds["p99"]
        assert found["given"] == {"schakel": 50.0}
        assert found["recall"] == {"at_10": 1.0, "at_50": 1.0, "retrieved": 1.0}
    assert figures["growth"]["p50"].keys() == {"60", "200", "300"}
    assert figures["growth"]["ratio"] > 0
    assert figures["largest"]["recall"]["at_10"] == 1.0
    assert steps[-1][0] == steps[-1][1] == len(steps)
    verdicts = {name: each["verdict"] for name, each in figures["targets"].items()}
    assert verdicts["build"] == verdicts["within"] == verdicts["all"] == "niet gemeten"
    assert verdicts["largest_recall_at_10"] == "gehaald"
    assert json.loads(json.dumps(told)) == told
    shown = _shown(told)
    for said in ("index maken", "binnen een bestuur", "300 casussen", "groeit", "pip install"):
        assert said in shown


@pytest.mark.usefixtures("without_txtai")
def test_without_a_largest_size_it_is_left_out(material: Material) -> None:
    told = measure(material, Sizes(60, 100, 0, 2, 50), [Part.SEARCH])
    assert told["search"]["largest"] is None
    assert told["search"]["growth"]["p50"].keys() == {"60", "100"}
    assert "largest_milliseconds" not in told["search"]["targets"]
    _shown(told)


def _shown(told: dict[str, Any]) -> str:
    shown = io.StringIO()
    show_index_speed(Console(file=shown, width=140), told)
    return shown.getvalue()


def test_each_made_case_is_sentences_of_real_ones_and_is_always_the_same(corpus: Corpus) -> None:
    lines = {line for _, own in corpus.lines() for line in own}
    made = list(corpus.cases(1_100, Sharing(0)))
    assert {line for d in made for part in Field for line in d.text(part).split("\n")} <= lines
    assert len({d.id for d in made}) == 1_100
    assert [d.id for d in made] == sorted(d.id for d in made)
    assert len({(d.problem, d.resolution) for d in made}) > 1_050
    assert all(d.problem.startswith(f"{d.title}\n") for d in made)
    assert list(corpus.cases(1_050, Sharing(0))) == made[:1_050]


def test_queries_are_no_made_cases_and_have_the_lengths_that_were_asked(corpus: Corpus) -> None:
    queries = corpus.queries(50, 12, 60)
    assert {len(query.split()) for query in queries} <= set(range(12, 61))
    assert len(set(queries)) == 50
    made = [" ".join(f"{d.problem} {d.resolution}".split()) for d in corpus.cases(50, Sharing(0))]
    assert not any(text.startswith(query) for text in made for query in queries)


def test_so_many_of_ten_are_national_and_a_board_has_so_many_of_the_others() -> None:
    sharing = Sharing(national=7, board_cases=30)
    shared = Counter(map(sharing.partition, range(1_000)))
    assert shared.pop(NATIONAL_PARTITION) == 700
    assert set(shared.values()) == {30}
    assert len(shared) == sharing.boards(1_000) == 10
    assert Sharing(0, 50).boards(101) == 3
    assert Sharing(10).boards(1_000) == 0


def test_a_mixed_vector_is_the_mean_by_lines_of_the_texts_they_are_of() -> None:
    words = WordEncoder()
    texts = ["een fiets op straat", "twee boeken"]
    encoder = MixedEncoder.of(words, [(texts[0], ["een fiets", "op straat"]), (texts[1], ["twee"])])
    (mixed,) = encoder.encode_documents(["op straat\ntwee\neen fiets"])
    expected = np.array([2.0, 1.0]) @ words.encode_documents(texts)
    assert mixed == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)
    with pytest.raises(KeyError):
        encoder.encode_documents(["wat niemand schreef"])
    assert encoder.fingerprint != words.fingerprint


def test_a_mixed_encoder_encodes_each_query_once_and_a_stored_one_no_text_twice() -> None:
    words = WordEncoder()
    encoder = MixedEncoder.of(words, [("een fiets", ["een fiets"])])
    first = encoder.encode_queries(["waar", "wie", "waar"])
    assert np.array_equal(first[0], first[2])
    encoder.encode_queries(["wie"])
    assert words.encoded == ["een fiets", "waar", "wie"]
    stored = StoredEncoder.of(encoder, ["een fiets", "een fiets"])
    assert len(stored.vectors) == 1
    assert np.array_equal(
        stored.encode_documents(["een fiets"]), encoder.encode_documents(["een fiets"])
    )


def test_brute_force_finds_by_fused_score_what_is_within_sight(corpus: Corpus) -> None:
    encoder = MixedEncoder.of(WordEncoder(), corpus.lines())
    documents = list(corpus.cases(300, Sharing(5, 50)))
    generation = build(
        documents, name="g", position=0, documents_encoder=encoder, query_encoder=encoder
    )
    sight = frozenset({NATIONAL_PARTITION, "board:b0001"})
    for text in corpus.queries(5, 12, 60):
        all_of_it = generation.view(text, sight).retrieve(DocumentKind.CASE, len(documents))
        order = np.argsort(-scores(all_of_it), kind="stable")[:20]
        asked = [Asked(text, sight, all_of_it)]
        (best,) = exact(documents, encoder, generation.statistics, asked, 20, len(documents))
        assert best.fused == best.retrieved == [all_of_it.ids[row] for row in order]
        assert _partitions(documents, best.fused) <= sight


def _partitions(documents: list[Document], ids: list[DocumentId]) -> set[str]:
    return {document.partition for document in documents if document.id in ids}


@pytest.mark.usefixtures("without_txtai")
def test_without_txtai_its_error_has_the_command_that_installs_it() -> None:
    with pytest.raises(PeerMissing, match=r"pip install -e '\.\[bench\]'"):
        require_txtai()


@pytest.mark.skipif(find_spec("txtai") is None, reason="pip install -e '.[bench]'")
@pytest.mark.filterwarnings("ignore")
def test_txtai_searches_the_same_cases_with_the_same_vectors(
    corpus: Corpus, tmp_path: Path
) -> None:
    encoder = MixedEncoder.of(WordEncoder(), corpus.lines())
    documents = list(corpus.cases(120, Sharing(0, 40)))
    peer = TxtaiSearch.from_documents(iter(documents), encoder)
    query = " ".join(documents[50].problem.split())
    peer.know([query], encoder.encode_queries([query]))
    found = peer.best(query, 10)
    assert len(set(found)) == 10
    assert documents[50].id in found[:3]
    within = peer.best(query, 100, "board:b0001")
    assert within[0] == next(id_ for id_ in found if id_ in within)
    assert set(within) <= {document.id for document in islice(documents, 40, 80)}
    peer.save(tmp_path / "txtai")
    assert (tmp_path / "txtai" / "embeddings").is_file()
    peer.close()
