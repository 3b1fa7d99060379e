"""The texts that are matched: fields of a document, text of a query, and what stays out of them.

No pupil is named in Schakel; what points at one person is taken out before a text is embedded
or indexed. Names cannot be recognised by a rule and are pointed out at the door instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from matcher.types import Query

_MONTHS: Final = (
    "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december"
)
_WORD: Final = re.compile(r"[^\W_]")
_EMAIL: Final = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE: Final = re.compile(r"(?<![\w])(?:\+31[ -]?|0031[ -]?|0)[1-9](?:[ -]?\d){8}(?!\d)")
_BIRTH_DATE: Final = re.compile(
    rf"\b(geb(?:oren|oortedatum)?\.?:?(?: op| is)?) *"
    rf"(?:\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}|\d{{1,2}} (?:{_MONTHS}) \d{{4}})",
    re.IGNORECASE,
)
_POSTCODE: Final = re.compile(r"\b[1-9]\d{3} ?[A-Z]{2}\b(?: *,? *\d{1,5}[a-z]?\b)?")
_NINE_DIGITS: Final = re.compile(r"(?<!\d)\d{4}\.?\d{2}\.?\d{3}(?!\d)")


def problem_text(
    *, title: str, situation: str, tried: str = "", goal: str = "", themes: Iterable[str] = ()
) -> str:
    """The problem field of a document: what was asked, as it is embedded.

    The names of its themes are part of it: a short question often says little more.
    """
    return redact(_joined(title, situation, tried, goal, ", ".join(themes)))


def resolution_text(*, approach: str, worked: str, did_not_work: str) -> str:
    """The resolution field of a document; what did not work is kept as well as what did."""
    return redact(_joined(approach, worked, did_not_work))


def query_text(query: Query) -> str:
    """The text by which a question is matched: title, situation and goal.

    What was tried is left out: it describes what did *not* help, and pulls towards it.
    """
    return redact(_joined(query.title, query.situation, query.goal))


def has_words(text: str) -> bool:
    """Whether there is anything to match on: a letter or a digit."""
    return _WORD.search(text) is not None


def redact(text: str) -> str:
    """`text` without e-mail and postal addresses, telephone and BSN numbers and birth dates."""
    text = _EMAIL.sub("[e-mail]", text)
    text = _BIRTH_DATE.sub(r"\1 [datum]", text)
    text = _NINE_DIGITS.sub(_bsn_hidden, text)
    text = _PHONE.sub("[telefoon]", text)
    return _POSTCODE.sub("[adres]", text)


def _bsn_hidden(found: re.Match[str]) -> str:
    """Hide nine digits that pass the BSN's check (elfproef): weights 9…2 and -1, modulo 11."""
    digits = [int(c) for c in found.group() if c.isdigit()]
    weighted = sum(w * d for w, d in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True))
    return "[bsn]" if weighted % 11 == 0 and any(digits) else found.group()


def _joined(*parts: str) -> str:
    return "\n".join(stripped for part in parts if (stripped := part.strip()))
