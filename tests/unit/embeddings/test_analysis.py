"""Text to terms."""

from concurrent.futures import ThreadPoolExecutor

from embeddings.analysis import terms, words_by_term


def test_inflections_share_a_stem() -> None:
    assert terms("leerling leerlingen") == [terms("leerling")[0]] * 2


def test_accents_and_case_make_no_difference() -> None:
    assert terms("Coördinatie CAFÉ") == terms("coordinatie cafe")


def test_stop_words_and_single_letters_are_left_out() -> None:
    assert terms("De school en het team en een x") == terms("school team")


def test_a_word_is_found_back_as_first_written() -> None:
    (pupil,), (coordination,) = terms("leerling"), terms("coordinatie")
    assert words_by_term("Leerlingen en een leerling") == {pupil: "Leerlingen"}
    assert words_by_term("Coördinatie en coordinatie") == {coordination: "Coördinatie"}


def test_a_text_without_words_has_no_terms() -> None:
    assert terms("… – ?!") == []


def test_threads_do_not_disturb_each_other() -> None:
    texts = [f"leerlingen {word} scholen ruzies" for word in ("pesten", "lezen", "rekenen")] * 200
    alone = [terms(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(terms, texts)) == alone
