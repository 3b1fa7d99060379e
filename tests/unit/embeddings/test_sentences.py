"""Which sentences can be quoted of a text."""

import pytest

from embeddings.sentences import sentences


def test_sentences_come_in_order_and_without_the_white_space_around() -> None:
    passages = [
        "Wij gingen op huisbezoek.  Moeder deed meteen open!\n",
        " Kwam hij daarna weer op school? ",
    ]
    assert sentences(passages) == [
        "Wij gingen op huisbezoek.",
        "Moeder deed meteen open!",
        "Kwam hij daarna weer op school?",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Wij gaven de leerling o.a. bijles in rekenen.",
        "De klas gaat bijv. op maandag naar buiten.",
        "Daarna sprak dhr. Jansen met de ouders.",
        "Daarna sprak mevr. Jansen met de ouders.",
        "Mw. Jansen sprak daarna met de ouders.",
        "Beide ouders, d.w.z. ook vader, kwamen langs.",
        "De kosten waren incl. materiaal vijftig euro.",
        "Op 3 sept. 2024 kwam de inspectie langs.",
        "Adviseur J.M. Jansen kwam op school langs.",
        "Kwam drs. P. Smit om 10.30 uur langs?",
    ],
)
def test_an_abbreviation_does_not_end_a_sentence(text: str) -> None:
    assert sentences([f"{text} De directeur was daar blij mee."]) == [
        text,
        "De directeur was daar blij mee.",
    ]


def test_a_text_that_ends_in_an_abbreviation_keeps_its_last_sentence() -> None:
    assert sentences(["Wij kochten boeken, spellen e.d. "]) == ["Wij kochten boeken, spellen e.d."]


def test_a_new_line_ends_a_sentence_unless_it_goes_on_in_lower_case() -> None:
    assert sentences(["Dit deden wij eerst o.a.\r\n  En dit deden wij\ndaarna ook nog.\n"]) == [
        "Dit deden wij eerst o.a.",
        "En dit deden wij daarna ook nog.",
    ]


def test_headings_and_numbers_are_too_short_to_quote() -> None:
    text = "Aanpak\n\n2.\nWat werkte wel\nWat werkte er wel\nNa 3 x 2 = 6 weken.\n"
    assert sentences([text]) == ["Wat werkte er wel"]


def test_a_sentence_that_is_written_twice_is_there_once() -> None:
    twice = "De ouders kwamen niet opdagen."
    assert sentences([f"{twice} Wij belden ze toen op. {twice}", twice]) == [
        twice,
        "Wij belden ze toen op.",
    ]


def test_nothing_has_no_sentences() -> None:
    assert sentences([]) == sentences(["", " \n", "…"]) == []
