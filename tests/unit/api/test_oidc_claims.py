"""What a provider says of a person, under every name that it may have."""

from __future__ import annotations

from typing import Any

import pytest

from api.oidc_claims import affiliations, brins, is_staff, is_student

NAMES = [
    "eduperson_affiliation",
    "eduPersonAffiliation",
    "EDUPERSONAFFILIATION",
    "urn:mace:dir:attribute-def:eduPersonAffiliation",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.1",
    "eduperson_scoped_affiliation",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.9",
    "eduPersonPrimaryAffiliation",
]


@pytest.mark.parametrize("name", NAMES)
def test_an_affiliation_is_found_under_each_of_its_names(name: str) -> None:
    assert affiliations({name: ["Employee@school.nl"]}) == {"employee"}


@pytest.mark.parametrize("name", ["affiliation", "x_eduperson_affiliation", "roles"])
def test_another_claim_says_nothing_of_it(name: str) -> None:
    assert affiliations({name: ["employee"]}) == frozenset()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("employee", {"employee"}),
        (["employee", "Member"], {"employee", "member"}),
        ("employee;member", {"employee", "member"}),
        ("employee, member", {"employee", "member"}),
        ("", set()),
        ([], set()),
    ],
)
def test_one_value_is_a_text_and_several_are_a_list_or_parted(value: Any, words: set[str]) -> None:
    assert affiliations({"eduPersonAffiliation": value}) == words


def test_every_name_counts_not_the_first_alone() -> None:
    said = {"eduPersonAffiliation": "employee", "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": "student"}
    assert is_student(affiliations(said))


@pytest.mark.parametrize(
    "value",
    ["student", "STUDENT", "student@school.nl", [{"value": "student"}], {"a": "student"}],
)
def test_a_student_is_seen_however_it_is_said(value: Any) -> None:
    assert is_student(affiliations({"eduPersonAffiliation": value}))


@pytest.mark.parametrize("word", ["employee", "staff", "faculty", "affiliate"])
def test_who_works_there_is_staff(word: str) -> None:
    assert is_staff({word, "member"})


@pytest.mark.parametrize("word", ["member", "alum", "leerling", "employees", "library-walk-in"])
def test_no_other_word_makes_one_staff(word: str) -> None:
    assert not is_staff({word})


@pytest.mark.parametrize(
    "name",
    ["nlEduPersonHomeOrganizationId", "urn:mace:dir:attribute-def:nlEduPersonHomeOrganizationId"],
)
@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("11ZZ", {"11ZZ"}),
        (" 11zz03 ", {"11ZZ03"}),
        (["11ZZ", "11zz"], {"11ZZ"}),
        (["11ZZ", "12YY"], {"11ZZ", "12YY"}),
        ("11ZZ0", {""}),
        ("11ZZ\n", {"11ZZ"}),
        ("11ZZ' OR 1", {""}),
        ("１１ZZ", {""}),
        (["11ZZ", 4], {"11ZZ", ""}),
    ],
)
def test_a_brin_has_four_or_six_characters(name: str, value: Any, found: set[str]) -> None:
    assert brins({name: value}) == found
