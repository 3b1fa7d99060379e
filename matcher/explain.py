"""Why each suggestion was made: codes and values that add up to what they explain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from matcher.affinity import Affinity, Piece
from matcher.fusion import Fused
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

_CODES: Final[Mapping[Signal, ReasonCode]] = {
    Signal.DENSE_PROBLEM: ReasonCode.SIMILAR_PROBLEM,
    Signal.DENSE_RESOLUTION: ReasonCode.SIMILAR_RESOLUTION,
    Signal.LEXICAL: ReasonCode.SHARED_WORDS,
}


def explain_document(
    document: VisibleDocument, rank: int, fused: Fused, row: int, view: QueryView
) -> DocumentMatch:
    """A match with one reason a signal; the reasons' shares add up to its score."""
    shares = {signal: float(fused.parts[row, signal]) for signal in Signal}
    reasons = [
        Reason(
            code=_CODES[signal],
            share=share,
            words=view.shared_words(document.id, SHOWN_WORDS) if signal is Signal.LEXICAL else (),
        )
        for signal, share in shares.items()
    ]
    reasons.sort(key=lambda reason: (-reason.share, reason.code))
    return DocumentMatch(document, rank, float(fused.scores[row]), tuple(reasons))


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
