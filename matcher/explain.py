"""Why each suggestion was made: codes and values that add up to what they explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from matcher.affinity import Affinity, Piece
from matcher.fusion import SignalParts
from matcher.ports import QueryView, Signal
from matcher.types import (
    DocumentId,
    DocumentMatch,
    Evidence,
    PersonMatch,
    Reason,
    ReasonCode,
    VisibleDocument,
)

SHOWN_WORDS: Final = 5

_CODE_OF: Final[Mapping[Signal, ReasonCode]] = {
    Signal.DENSE_PROBLEM: ReasonCode.SIMILAR_PROBLEM,
    Signal.DENSE_RESOLUTION: ReasonCode.SIMILAR_RESOLUTION,
    Signal.LEXICAL: ReasonCode.SHARED_WORDS,
}
_CODES: Final = tuple(_CODE_OF[signal] for signal in Signal)  # in the order of a score's parts


def explain_documents(
    shown: Sequence[tuple[VisibleDocument, float, SignalParts]], view: QueryView
) -> tuple[DocumentMatch, ...]:
    """Matches for (document, score, parts of the score), best first; one reason a signal.

    The reasons' shares are those parts: they add up to the score.
    """
    words = view.shared_words([document.id for document, _, _ in shown], SHOWN_WORDS)
    return tuple(
        DocumentMatch(document, rank, score, _reasons(parts, words.get(document.id, ())))
        for rank, (document, score, parts) in enumerate(shown, start=1)
    )


def _reasons(parts: SignalParts, words: tuple[str, ...]) -> tuple[Reason, ...]:
    reasons = [
        Reason(code, share, words if code is ReasonCode.SHARED_WORDS else ())
        for code, share in zip(_CODES, parts, strict=True)
    ]
    return tuple(sorted(reasons, key=lambda reason: (-reason.share, reason.code)))


def explain_person(affinity: Affinity, rank: int, titles: Mapping[DocumentId, str]) -> PersonMatch:
    """A match with every piece of evidence that made the affinity and its share of it."""
    evidence = tuple(_evidence(piece, share, titles) for piece, share in affinity.pieces)
    return PersonMatch(affinity.expert, rank, affinity.value, evidence)


def _evidence(piece: Piece, share: float, titles: Mapping[DocumentId, str]) -> Evidence:
    title, experience = titles[piece.document], piece.experience
    if experience is None:
        return Evidence(piece.document, title, share)
    return Evidence(
        document=piece.document,
        title=title,
        share=share,
        role=experience.role,
        outcome=experience.outcome,
        happened_on=experience.happened_on,
    )
