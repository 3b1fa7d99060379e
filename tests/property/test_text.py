"""Redacting takes its short cuts only where they change nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matcher import text as rules
from matcher.text import HIDDEN, redact
from tests.property.strategies import PROPERTY

DIGITS = st.text("0123456789", min_size=1, max_size=10)
MARKS = st.sampled_from((" ", "", "-", ".", ", ", "@", "/", "(", ")", "+", "'", "\u00a0", "–"))
DATES = ("geboren", "op", "geb.", "geboortedatum", "is", "mei", "maart", "jan", "dec", "'09", "3")
PLACES = ("Dorpsstraat", "Laan", "AB", "NL", "PO", "ab", "3512", "2024", "3512AB", "in Ede", "12b")
NUMBERS = ("+31", "0031", "06", "0", "(0)", "111222333", "groep 7", "\u2461\u2462", "\u0663\u0664")
WORDS = st.sampled_from((*DATES, *PLACES, *NUMBERS, "jan.jansen", "school.nl", "a@b.nl"))
# what is taken out, whole and with a digit more or less
SECRETS = st.sampled_from(
    (
        "geboren op 3 mei 2014",
        "geb. 3 mei '09",
        "geb. 1-2-14",
        "geboren 3 mei 9",
        "Geboortedatum: 2014-05-03",
        "3512 AB",
        "3512AB 12b",
        "351 AB",
        "Dorpsstraat 1 3512 AB",
        "Dorpsstraat 12, 2024 AB",
        "2024 PO",
        "06-12345678",
        "+31 (0)6 12345678",
        "+31 6 1234567",
        "030-1234567",
        "111 222 333",
        "111-222-334",
        "j.de-vries@school.example.nl",
        "niemand@school",
        "@",
    )
)
texts = st.one_of(
    st.lists(st.one_of(WORDS, DIGITS, MARKS, SECRETS), max_size=14).map(" ".join),
    st.lists(st.one_of(WORDS, DIGITS, MARKS, SECRETS), max_size=14).map("".join),
    st.text("0123456789@+-. ()/'ABNLabegmioprjn", max_size=60),
)


def thoroughly_redacted(text: str) -> str:
    """With every pattern, whatever the text."""
    text = text.translate(str.maketrans(dict(rules._LOOKS_LIKE)))
    text = rules._EMAIL.sub(HIDDEN, text)
    text = rules._BIRTH_DATE.sub(rf"\1 {HIDDEN}", text)
    text = rules._NINE_DIGITS.sub(rules._bsn_hidden, text)
    text = rules._PHONE.sub(HIDDEN, text)
    return rules._ADDRESS.sub(HIDDEN, text)


@PROPERTY
@given(texts)
def test_a_text_is_redacted_as_if_every_pattern_were_tried(text: str) -> None:
    assert redact(text) == thoroughly_redacted(text)


@PROPERTY
@given(SECRETS)
def test_of_one_thing_alone_too(text: str) -> None:
    """There are then no other digits that a pattern is tried for."""
    assert redact(text) == thoroughly_redacted(text)
