from __future__ import annotations

import pytest

from matcher.text import (
    HIDDEN,
    has_words,
    problem_text,
    query_text,
    redact,
    resolution_text,
    sensitive,
)
from matcher.types import Query, Sensitive
from tests.unit.matcher.builders import TODAY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mail naar j.de-vries+groep7@school.example.nl.", "Mail naar […]."),
        ("Bel 06-12345678 na drie uur", "Bel […] na drie uur"),
        ("Bel 0612345678.", "Bel […]."),
        ("Bel 06 12 34 56 78.", "Bel […]."),
        ("Bel +31 6 12345678 of niet", "Bel […] of niet"),
        ("Bel +31612345678", "Bel […]"),
        ("Bel 0031 6 12345678", "Bel […]"),
        ("Bel 030-1234567, graag", "Bel […], graag"),
        ("Bel +31 (0)6 12345678 of niet", "Bel […] of niet"),
        ("Bel +31\u00a06\u00a012345678", "Bel […]"),
        ("Bel 0031 (0)30 1234567", "Bel […]"),
        ("Bel (030) 1234567, graag", "Bel […], graag"),
        ("Bel 030–123 45 67", "Bel […]"),
        ("Bel 06 - 12345678.", "Bel […]."),
        ("Bel 06.12345678", "Bel […]"),
        ("Bel 06–12345678", "Bel […]"),
        ("Bel 06 – 12345678", "Bel […]"),
        ("Bel 06\u00a01234\u00a05678", "Bel […]"),
        ("Woont op 3512 AB 12b, boven", "Woont op […], boven"),
        ("Woont op 3512AB.", "Woont op […]."),
        ("Woont op 3512 AB, 12 met zijn oma", "Woont op […] met zijn oma"),
        ("Dorpsstraat 12, 3512 AB Utrecht", "[…] Utrecht"),
        ("Dorpsstraat 12, 2024 AB Haarlem", "[…] Haarlem"),
        ("Burgemeester van der Laan 12a 3512AB", "[…]"),
        ("3512 AB 25 leerlingen", "[…] 25 leerlingen"),
        ("Een jongen, geboren op 3 mei 2014, valt op", "Een jongen, geboren op […], valt op"),
        ("Een meisje (geb. 03-05-2014)", "Een meisje (geb. […])"),
        ("Geboortedatum: 3/5/2014", "Geboortedatum: […]"),
        ("Geboren op 2014-05-03 in Ede", "Geboren op […] in Ede"),
        ("Geboortedatum: 2014-05-03", "Geboortedatum: […]"),
        ("Een jongen, geb.dat. 03-05-2014, valt op", "Een jongen, geb.dat. […], valt op"),
        ("Een jongen, geboren op 3 mei '14", "Een jongen, geboren op […]"),
        ("Een jongen, geboren in Utrecht op 3-5-2014", "Een jongen, geboren in Utrecht op […]"),
        ("BSN 111222333 staat erbij", "BSN […] staat erbij"),
        ("BSN 1112.22.333 staat erbij", "BSN […] staat erbij"),
        ("BSN 111 222 333 staat erbij", "BSN […] staat erbij"),
        ("BSN 111-222-333 staat erbij", "BSN […] staat erbij"),
    ],
)
def test_what_points_at_one_person_is_taken_out(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Dossier 123456789 ligt bij de inspectie",  # fails the elfproef
        "Dossier 111222334 ligt bij de inspectie",  # one off a number that passes
        "Nummer 000000000 is leeg",  # passes the sum, is no BSN
        "Nummer 1112223330 heeft tien cijfers",
        "Op 12-03-2025 was de studiedag",
        "Op 3 mei 2025 was de studiedag",
        "Op 2025-03-12 was de studiedag",
        "Dossier 111 222 334 ligt bij de inspectie",
        "Sinds 2024 PO en VO",
        "In 2025 IB-er gestart",
        "In groep 7 zitten 31 leerlingen",
        "In 2024 waren er 1200 leerlingen",
        "Van 08:30 tot 14.15 uur",
        "Artikel 10.1a, lid 2 @ school",
    ],
)
def test_what_points_at_no_one_stays(text: str) -> None:
    assert redact(text) == text


def test_every_occurrence_is_taken_out() -> None:
    text = "a@b.nl en c@d.nl, 06-12345678 en 06-87654321, 111222333"
    assert redact(text) == "[…] en […], […] en […], […]"


@pytest.mark.parametrize(
    "text",
    [
        "Bel 06-12345678, mail a@b.nl, geb. 1-2-2014, 3512 AB 12, 111222333",
        "Bel +31 (0)6 12345678, geb.dat. 2014-05-03, Dorpsstraat 12, 3512 AB Ede, 111 222 333",
    ],
)
def test_taking_out_a_second_time_changes_nothing(text: str) -> None:
    once = redact(text)
    assert once != text
    assert redact(once) == once


def test_a_query_is_title_situation_and_goal() -> None:
    query = Query(situation="Situatie.", today=TODAY, title=" Titel ", goal="Doel.\n")
    assert query_text(query) == "Titel\nSituatie.\nDoel."


def test_an_empty_part_of_a_query_leaves_no_line() -> None:
    assert query_text(Query(situation="Situatie.", today=TODAY, title="  ")) == "Situatie."


def test_the_problem_holds_what_was_tried_and_the_query_does_not() -> None:
    query = Query(title="Titel", situation="Situatie", goal="Doel", today=TODAY)
    problem = problem_text(title="Titel", situation="Situatie", tried="Pestprotocol", goal="Doel")
    assert problem == "Titel\nSituatie\nPestprotocol\nDoel"
    assert query_text(query) == "Titel\nSituatie\nDoel"


def test_the_problem_names_its_themes_behind_the_title() -> None:
    text = problem_text(title="Titel", situation="Situatie", themes=["Pesten", "Ouders"])
    assert text == "Titel\nPesten, Ouders\nSituatie"


def test_the_resolution_holds_what_did_not_work_as_well() -> None:
    text = resolution_text(approach="Aanpak", worked="Wel", did_not_work="Niet")
    assert text == "Aanpak\nWel\nNiet"


def test_a_resolution_that_says_nothing_is_empty() -> None:
    assert resolution_text(approach=" ", worked="", did_not_work="\n") == ""


def test_every_text_that_is_matched_is_redacted() -> None:
    secret = "Bel 06-12345678"
    texts = [
        query_text(Query(situation=secret, today=TODAY, title=secret, goal=secret)),
        problem_text(title=secret, situation=secret, tried=secret, goal=secret, themes=[secret]),
        resolution_text(approach=secret, worked=secret, did_not_work=secret),
    ]
    assert [text.count("[…]") for text in texts] == [3, 5, 3]
    assert not any("1234" in text for text in texts)


@pytest.mark.parametrize("text", ["pesten", "7", " é ", "?a?"])
def test_a_letter_or_digit_is_something_to_match_on(text: str) -> None:
    assert has_words(text)


@pytest.mark.parametrize("text", ["", "  \n\t", "…?!", "___", "- • –"])
def test_without_letter_or_digit_there_is_nothing_to_match_on(text: str) -> None:
    assert not has_words(text)


def test_what_is_taken_out_is_counted_by_kind_over_all_parts() -> None:
    found = sensitive(
        "Mail jan@school.nl of piet@school.nl, geb. 3 mei 2014.",
        "Bel 06-12345678. BSN 123456782, en niet 123456789.",
        "Dorpsstraat 12, 1234 AB.",
    )
    assert found == {
        Sensitive.EMAIL: 2,
        Sensitive.BIRTH_DATE: 1,
        Sensitive.BSN: 1,
        Sensitive.PHONE: 1,
        Sensitive.ADDRESS: 1,
    }


def test_of_a_text_that_points_at_no_one_nothing_is_counted() -> None:
    assert sensitive("Groep 7 heeft 28 leerlingen.", "", HIDDEN) == {}
