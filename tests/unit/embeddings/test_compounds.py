"""Compounds split by what is common in a corpus and what the dictionary lists.

Words made up for the test are in no dictionary: what becomes of them follows from the counts.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from embeddings.compounds import COMMON_FROM, Compounds, WordList, dutch

NOTHING_COMMON = Compounds({})


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("lerarentekort", ("leraren", "tekort")),
        ("lerarentekorten", ("leraren", "tekorten")),
        ("kindercentrum", ("kinder", "centrum")),
        ("verkeersveiligheid", ("verkeer", "veiligheid")),
        ("patientendossier", ("patienten", "dossier")),  # listed with an accent only
        ("crechekosten", ("creche", "kosten")),
        ("leerling", ()),
        ("brugklasser", ()),
    ],
)
def test_words_of_the_dictionary_are_parts_from_the_first_text_on(
    word: str, parts: tuple[str, ...]
) -> None:
    assert NOTHING_COMMON.split(word) == parts


def test_a_listed_part_is_not_split_again() -> None:
    assert NOTHING_COMMON.split("basisschool") == ("basis", "school")
    assert NOTHING_COMMON.split("basisschoolleraar") == ("basisschool", "leraar")


def test_a_part_that_is_not_listed_is_split_again() -> None:
    common = Compounds({"blarfknoertel": 3, "blarf": 3, "knoertel": 3, "tekort": 3})
    assert common.split("blarfknoerteltekort") == ("blarf", "knoertel", "tekort")


def test_a_part_that_is_not_listed_and_no_compound_stays_whole() -> None:
    assert Compounds({"blarf": 3}).split("blarftekort") == ("blarf", "tekort")


def test_a_word_is_a_part_once_enough_texts_have_it() -> None:
    rare = Compounds({"blarf": COMMON_FROM - 1})
    assert rare.split("blarftekort") == ()
    assert rare.frequency == {}


def test_a_word_counts_once_a_text() -> None:
    texts = [["blarf"] * 9, ["blarf", "tekort"], ["tekort"], ["tekort"]]
    assert Compounds.from_words(texts).frequency == {"tekort": 3}


@pytest.mark.parametrize("link", ["s", "en", "e", "n"])
def test_a_linking_sound_is_taken_away_only_where_needed(link: str) -> None:
    word = f"blarf{link}knoertel"
    assert Compounds({"blarf": 9, "knoertel": 9}).split(word) == ("blarf", "knoertel")
    listed = Compounds({"blarf": 9, f"blarf{link}": 3, "knoertel": 9})
    assert listed.split(word) == (f"blarf{link}", "knoertel")


def test_a_linking_sound_must_be_much_commoner_than_a_split_without() -> None:
    """Blarf-s-knoertel against blarf-sknoertel: e to the fifth is 148 times."""
    for times, parts in ((100, ("blarf", "sknoertel")), (200, ("blarf", "knoertel"))):
        common = Compounds({"blarf": 10, "sknoertel": 10, "knoertel": 10 * times})
        assert common.split("blarfsknoertel") == parts


def test_the_commonest_parts_win() -> None:
    counts = {"blarf": 9, "knoertel": 9, "blarfkno": 5, "ertel": 5}
    assert Compounds(counts).split("blarfknoertel") == ("blarf", "knoertel")
    assert Compounds({**counts, "ertel": 500}).split("blarfknoertel") == ("blarfkno", "ertel")


def test_nothing_under_four_letters_is_a_part_however_common() -> None:
    common = Compounds({"oud": 999, "ers": 999, "zorg": 999})
    assert common.frequency == {"zorg": 999}
    assert common.split("oudtekort") == common.split("tekortoud") == ()
    assert common.split("zorgtekort") == ("zorg", "tekort")


def test_four_letters_that_only_the_dictionary_knows_are_no_part() -> None:
    assert "zorg" in dutch()
    assert NOTHING_COMMON.split("zorgtekort") == ()


@pytest.mark.parametrize("word", ["", "s", "tekort", "2024tekort", "tekort2024"])
def test_what_is_too_short_or_no_word_is_whole(word: str) -> None:
    assert Compounds({"2024": 99, "tekort": 99}).split(word) == ()


def test_a_lemma_is_found_with_and_without_the_accents() -> None:
    words = WordList.of({"ideeën": "idee", "idee": "idee", "één": "één", "een": "een"})
    assert words.lemma("ideeen") == words.lemma("idee") == "idee"
    assert words.lemma("een") == "een"  # a word of its own, not één without accents
    assert words.lemma("blarf") is None
    assert "ideeen" in words
    assert "blarf" not in words


def test_threads_split_alike() -> None:
    words = ["lerarentekort", "verkeersveiligheid", "basisschoolleraar", "blarftekort"] * 200
    alone = [Compounds({"blarf": 3}).split(word) for word in words]
    shared = Compounds({"blarf": 3})
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(shared.split, words)) == alone
