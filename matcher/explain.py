"""Why each suggestion was made: codes and values that add up to what they explain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from matcher.affinity import Affinity, Piece
from matcher.fusion import SignalParts
from matcher.matches import DocumentMatch, Evidence, PersonMatch, Reason, ReasonCode
from matcher.ports import Signal
from matcher.types import DocumentId, Experience, Expert, VisibleDocument

SHOWN_WORDS: Final = 5

_CODE_OF: Final[Mapping[Signal, ReasonCode]] = {
    Signal.DENSE_PROBLEM: ReasonCode.SIMILAR_PROBLEM,
    Signal.DENSE_RESOLUTION: ReasonCode.SIMILAR_RESOLUTION,
    Signal.LEXICAL: ReasonCode.SHARED_WORDS,
    Signal.FEEDBACK: ReasonCode.LIKE_THE_BEST,
}


@dataclass(frozen=True, slots=True)
class RankedDocument:
    """A candidate that may be shown; `parts` and `deviations` as in :class:`Fused`."""

    document: VisibleDocument
    score: float
    parts: SignalParts
    deviations: SignalParts


def explain_document(found: RankedDocument, words: tuple[str, ...], sentence: str) -> DocumentMatch:
    """A match with one reason a signal; their shares add up to the score."""
    reasons = [
        Reason(
            code=_CODE_OF[signal],
            share=float(found.parts[signal]),
            words=words if signal is Signal.LEXICAL else (),
            deviations=float(found.deviations[signal]),
        )
        for signal in Signal
    ]
    ordered = sorted(reasons, key=lambda reason: (-reason.share, reason.code))
    return DocumentMatch(found.document, found.score, tuple(ordered), sentence)


def explain_person(
    affinity: Affinity,
    documents: Mapping[DocumentId, VisibleDocument],
    themes: Mapping[DocumentId, str],
) -> PersonMatch:
    """A match with the evidence that made the affinity, each piece with its share of it."""
    evidence = tuple(
        _from_theme(piece, share, themes[piece.document])
        if piece.experience is None
        else _from_case(affinity.expert, piece.experience, share, documents[piece.document])
        for piece, share in affinity.pieces
    )
    return PersonMatch(
        affinity.expert,
        affinity.value,
        evidence,
        others=affinity.others,
        others_share=affinity.others_share,
        history_share=affinity.history,
    )


def _from_theme(piece: Piece, share: float, name: str) -> Evidence:
    return Evidence(piece.document, name, share)


def _from_case(
    expert: Expert, experience: Experience, share: float, case: VisibleDocument
) -> Evidence:
    return Evidence(
        document=experience.case,
        title=case.title,
        share=share,
        role=experience.role,
        outcome=experience.outcome,
        happened_on=experience.happened_on,
        own_board=_is_own(expert, case),
    )


def _is_own(expert: Expert, case: VisibleDocument) -> bool:
    own_school = bool(case.organisation) and case.organisation == expert.organisation
    return own_school or (case.board is not None and case.board == expert.board)
