"""The texts that are matched: fields of a document, text of a query, and what stays out of them.

No pupil is named in Schakel; what points at one person is taken out before a text is embedded
or indexed. Names cannot be recognised by a rule and are pointed out at the door instead.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from matcher.errors import EmptyText
from matcher.types import Query, Sensitive

_MONTHS: Final = "jan|feb|maart|mrt|apr|mei|jun|jul|aug|sep|okt|nov|dec"
HIDDEN: Final = "[…]"  # in the place of what was taken out; holds no word to match on

_LOOKS_LIKE: Final = (("\u00a0", " "), ("\u202f", " "), ("\u2011", "-"), ("\u2013", "-"))
_WORD: Final = re.compile(r"[^\W_]")
_GAP: Final = r"[ .-]{0,3}"
_EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_PHONE: Final = re.compile(
    rf"(?<!\w)(?:(?:\+31|0031){_GAP}(?:\(0\){_GAP})?|\(?0)[1-9](?:[ .)-]{{0,3}}\d){{8}}(?!\d)"
)
_BIRTH_DATE: Final = re.compile(
    r"\b(geb(?:oren|oortedatum)?\b\.?(?: ?(?:op|is|d\.?d\.?|dat\.?|in [A-Z]\w+|:))*) *"
    rf"(?:\d{{1,4}}[-/. ]\d{{1,2}}[-/. ]\d{{2,4}}|\d{{1,2}} (?:{_MONTHS})\w*\.? ['’]?\d{{2,4}})",
    re.IGNORECASE,
)
# a postcode is four digits and two letters; "2024 PO" and "2025 IB" are a year and a word, so
# one with a year's digits counts only where a house number stands before or behind it
_STREET: Final = (
    r"(?:(?<![\w.'-])[A-Z][\w.'-]{1,40}(?: [A-Za-z][\w.'-]{1,40}){0,3} \d{1,5}[a-z]?,? {1,3})"
)
_ADDRESS: Final = re.compile(
    rf"{_STREET}?\b(?!19\d\d|20\d\d)[1-9]\d{{3}} ?[A-Z]{{2}}\b"
    rf"(?:, ?\d{{1,5}}[a-z]?\b| ?\d{{1,5}}[a-z]?\b(?! \w))?|{_STREET}\b(?:19|20)\d\d ?[A-Z]{{2}}\b"
)
_POSTCODE: Final = re.compile(r"\d{4} ?[A-Z]{2}")  # is in every address
_NINE_DIGITS: Final = re.compile(r"(?<!\d)\d(?:[ .-]?\d){8}(?!\d)")
_DIGIT: Final = re.compile(r"\d")
_FEWEST_IN_BIRTH_DATE: Final = 3  # 3 mei '09
_FEWEST_IN_ADDRESS: Final = 4
_FEWEST_IN_NUMBER: Final = 9


def problem_text(
    *, title: str, situation: str, tried: str = "", goal: str = "", themes: Iterable[str] = ()
) -> str:
    """The problem field of a document: what was asked, as it is embedded.

    The names of its themes are part of it: a short question often says little more.
    """
    return redact(_joined(title, ", ".join(themes), situation, tried, goal))


def resolution_text(*, approach: str, worked: str, did_not_work: str) -> str:
    """The resolution field of a document; what did not work is kept as well as what did."""
    return redact(_joined(approach, worked, did_not_work))


def query_text(query: Query) -> str:
    """The text by which a question is matched: title, situation and goal.

    What was tried is left out: it describes what did *not* help, and pulls towards it.
    """
    return redact(_joined(query.title, query.situation, query.goal))


def passages(*parts: str) -> tuple[str, ...]:
    """What people wrote in a question or case, part by part, as it may be quoted."""
    return tuple(redact(stripped) for part in parts if (stripped := part.strip()))


def has_words(text: str) -> bool:
    """Whether there is anything to match on: a letter or a digit."""
    return _WORD.search(text) is not None


def require_words(texts: Sequence[str]) -> None:
    """Raises EmptyText, with its position, for the first text without words."""
    for position, text in enumerate(texts):
        if not has_words(text):
            raise EmptyText(position)


def content_hash(text: str) -> str:
    """By which what was made of `text` is kept, a vector say: SHA-256, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def redact(text: str) -> str:
    """`text` without e-mail and postal addresses, telephone and BSN numbers and birth dates."""
    return _redacted(text, Counter())


def sensitive(*parts: str) -> dict[Sensitive, int]:
    """What :func:`redact` takes out of `parts`: how many of each kind, of those there are."""
    found: Counter[Sensitive] = Counter()
    for part in parts:
        _redacted(part, found)
    return {kind: found[kind] for kind in Sensitive if found[kind]}


def _redacted(text: str, found: Counter[Sensitive]) -> str:
    """`text` redacted; what was taken out is added to `found`."""
    for written, meant in _LOOKS_LIKE:  # one by one: str.translate takes thirty times as long
        text = text.replace(written, meant)
    if "@" in text:
        text, count = _EMAIL.subn(HIDDEN, text)
        found[Sensitive.EMAIL] += count
    digits = len(_DIGIT.findall(text))  # most texts have too few to hide anything
    if digits >= _FEWEST_IN_BIRTH_DATE:
        text, count = _BIRTH_DATE.subn(rf"\1 {HIDDEN}", text)
        found[Sensitive.BIRTH_DATE] += count
    if digits >= _FEWEST_IN_NUMBER:
        before = text.count(HIDDEN)  # not every nine digits are a BSN
        text = _NINE_DIGITS.sub(_bsn_hidden, text)
        found[Sensitive.BSN] += text.count(HIDDEN) - before
        text, count = _PHONE.subn(HIDDEN, text)
        found[Sensitive.PHONE] += count
    if digits >= _FEWEST_IN_ADDRESS and _POSTCODE.search(text):
        text, count = _ADDRESS.subn(HIDDEN, text)
        found[Sensitive.ADDRESS] += count
    return text


def _bsn_hidden(found: re.Match[str]) -> str:
    """Hide nine digits that pass the BSN's check (elfproef): weights 9…2 and -1, modulo 11."""
    digits = [int(c) for c in found.group() if c.isdigit()]
    weighted = sum(w * d for w, d in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True))
    return HIDDEN if weighted % 11 == 0 and any(digits) else found.group()


def _joined(*parts: str) -> str:
    return "\n".join(stripped for part in parts if (stripped := part.strip()))
