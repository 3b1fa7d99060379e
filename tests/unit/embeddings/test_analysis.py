"""Text to terms."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from embeddings.analysis import Analyser, content_words, stems
from embeddings.counting import Counted
from embeddings.recipe import Words

# An own analyser a test: none of them learns from another's texts.
ENGLISH = (
    "The teacher shortage in our primary school has become worse since last year, and parents "
    "are complaining about the quality of the lessons. We would like to know how other schools "
    "have organised their timetable, whether they combine groups, and what the inspectorate "
    "thinks about hiring classroom assistants without a formal qualification."
)


def _analyser(texts: Iterable[str] = (), words: Words = Words.COMPOUNDS) -> Analyser:
    return Analyser.from_frequency(Counted.of(texts).frequency(), words)


def _terms(text: str) -> list[str]:
    return _analyser().terms(text)


def test_inflections_share_a_term() -> None:
    assert _terms("leerling leerlingen") == _terms("leerling") * 2
    assert stems("leerling leerlingen") == stems("leerling") * 2


def test_lemmas_bring_together_what_stems_keep_apart() -> None:
    assert len(set(stems("pesten gepest"))) == 2
    assert len(set(_terms("pesten gepest"))) == 1


@pytest.mark.parametrize("words", ["ouder ouders", "toets toetsen", "fiets fietsen", "wolf wolven"])
def test_one_and_many_share_a_term_though_the_dictionary_gives_the_one_another_lemma(
    words: str,
) -> None:
    assert len(set(_terms(words))) == 1


def test_a_parent_is_not_old() -> None:
    assert not set(_terms("ouder ouders")) & set(_terms("oud oude"))


def test_accents_and_case_make_no_difference() -> None:
    assert stems("Coördinatie CAFÉ") == stems("coordinatie cafe")
    written = "Coördinatie CAFÉ patiëntendossier ideeën crèchekosten"
    assert _terms(written) == _terms("coordinatie cafe patientendossier ideeen crechekosten")


def test_compatibility_characters_are_written_out() -> None:
    assert content_words("ﬁets 20㎡ Ⅳ") == ["fiets", "20m2", "iv"]


def test_stop_words_and_single_letters_are_left_out() -> None:
    assert content_words("De school en het team en een x") == ["school", "team"]
    assert _terms("De school en het team en een x") == _terms("school team")


def test_a_compound_is_also_its_parts() -> None:
    whole, *parts = _terms("lerarentekort")
    assert parts == [*_terms("leraar"), *_terms("tekort")]
    assert [whole] == stems("lerarentekort")
    assert _terms("lerarentekorten") == [whole, *parts]


def test_a_word_that_is_common_in_the_texts_becomes_a_part() -> None:
    (care,), pupil = _terms("zorg"), _terms("leerling")
    texts = ["de zorg", "onze zorg", "zonder zorg"]
    assert _analyser(texts).terms("zorgleerling")[1:] == [care, *pupil]
    assert _analyser([" ".join(texts)]).terms("zorgleerling")[1:] == []


def test_a_recipe_without_compounds_or_lemmas_has_none() -> None:
    text = "lerarentekort gepest pesten"
    lemmas = _analyser(words=Words.LEMMAS).terms(text)
    assert len(lemmas) == 3
    assert lemmas[1] == lemmas[2]
    assert _analyser(words=Words.STEMS).terms(text) == stems(text)


def test_an_english_text_is_matched_by_plain_stems() -> None:
    words = content_words(ENGLISH)
    analyser = _analyser()
    same = [word for word in words if analyser.terms(word) == stems(word)]
    assert len(words) > 40
    assert len(same) >= 0.95 * len(words)
    assert set(stems("school lessons group")) <= set(analyser.terms(ENGLISH))


def test_a_word_is_found_back_as_first_written() -> None:
    analyser = _analyser()
    (pupil,), (coordination,) = _terms("leerling"), _terms("coordinatie")
    assert analyser.words_by_term("Leerlingen en een leerling") == {pupil: "Leerlingen"}
    assert analyser.words_by_term("Coördinatie en coordinatie") == {coordination: "Coördinatie"}


def test_a_part_is_found_back_as_the_compound_that_was_written() -> None:
    written = _analyser().words_by_term("Lerarentekort, te weinig leraren")
    (teacher,) = _terms("leraren")
    assert written[teacher] == "Lerarentekort"


def test_a_text_without_words_has_no_terms() -> None:
    assert _terms("… – ?!") == stems("… – ?!") == content_words("") == []
    assert _analyser().words_by_term("… – ?!") == {}


def test_threads_do_not_disturb_each_other() -> None:
    texts = [
        f"leerlingen {word} scholen ruzies {word}tekort lerarenruzie"
        for word in ("pesten", "lezen", "rekenen", "zorgplan", "coördinatie")
    ] * 100
    alone = [_analyser(texts[:5]).terms(text) for text in texts[:5]] * 100
    stemmed = [stems(text) for text in texts]
    shared = _analyser(texts[:5])
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(shared.terms, texts)) == alone
        assert list(pool.map(stems, texts)) == stemmed
