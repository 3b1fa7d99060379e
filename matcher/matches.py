"""What a match gives: documents and people with their reasons, and who was left out and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from matcher.types import (
    DocumentId,
    Expert,
    OrganisationKind,
    Outcome,
    ParticipationRole,
    PersonId,
    Role,
    Sector,
    SizeClass,
    VisibleDocument,
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of what makes a person's affinity; `share` is its part of that affinity.

    For a declared theme `role`, `outcome` and `happened_on` are None, and `document` and `title`
    are the theme's.
    """

    document: DocumentId
    title: str
    share: float
    role: ParticipationRole | None = None
    outcome: Outcome | None = None
    happened_on: date | None = None
    own_board: bool = False  # a case of the person's own school or board: it gives them away

    @property
    def self_declared(self) -> bool:
        return self.role is None


class ReasonCode(StrEnum):
    """Why a document was suggested; `api/texts_nl.py` makes sentences of it."""

    SIMILAR_PROBLEM = "similar-problem"
    SIMILAR_RESOLUTION = "similar-resolution"
    SHARED_WORDS = "shared-words"
    LIKE_THE_BEST = "like-the-best"


@dataclass(frozen=True, slots=True)
class Reason:
    code: ReasonCode
    share: float  # part of the score that this signal made; negative where it held back
    words: tuple[str, ...] = ()
    deviations: float = 0.0  # standard deviations above what the corpus gives this question


@dataclass(frozen=True, slots=True)
class DocumentMatch:
    """One suggested case or open question; the reasons' shares add up to the score.

    `sentence` is the one of its sentences that is nearest to the question; empty if it has none.
    """

    document: VisibleDocument
    score: float
    reasons: tuple[Reason, ...]
    sentence: str = ""
    rank: int = 0  # from 1, once it is in a list


@dataclass(frozen=True, slots=True)
class Description:
    """Someone in words that are true of several; `region` is its id."""

    role: Role
    kind: OrganisationKind
    sector: Sector | None
    size: SizeClass | None
    region: str
    region_name: str


@dataclass(frozen=True, slots=True)
class Hint:
    """What is told of the best evidence for someone who is not named: never which case it was.

    Without `role`, `outcome` and `year` where those would give them away, and for a theme.
    """

    share: float
    role: ParticipationRole | None = None
    outcome: Outcome | None = None
    year: int | None = None
    self_declared: bool = False


@dataclass(frozen=True, slots=True)
class Described:
    """All that is shown of someone who is not named; `hint` and `rest` add up to the affinity.

    All figures are rounded. Without a `description` too few are like them: they are reached
    through an adviser, and nothing more is said of who they are.
    """

    description: Description | None
    affinity: float
    hint: Hint
    rest: float


@dataclass(frozen=True, slots=True)
class PersonMatch:
    """One suggested person; all the shares together make the affinity.

    `evidence` names the best pieces, best first; `others` counts the cases besides, which
    together add `others_share`. `history_share` is added where the question is more
    like those on which this adviser advised before than others are.

    Who is `described` is not named: of them nothing else in here may be shown.
    """

    expert: Expert
    affinity: float
    evidence: tuple[Evidence, ...]
    rank: int = 0  # from 1, once it is in a list
    others: int = 0
    others_share: float = 0.0
    history_share: float = 0.0
    described: Described | None = None


class ExclusionCode(StrEnum):
    """Why a person could not be suggested, for the adviser's audit view."""

    IS_ASKER = "is-asker"
    OWN_SCHOOL = "own-school"
    BARRED = "barred"
    NO_CONSENT = "no-consent"
    OTHER_THEME = "other-theme"
    AWAY = "away"
    NO_CAPACITY = "no-capacity"


@dataclass(frozen=True, slots=True)
class Exclusion:
    person: PersonId
    code: ExclusionCode


@dataclass(frozen=True, slots=True)
class Matches:
    """The answer to one question, from one generation of the index.

    Without `fits` nothing suits the question: no one is suggested, and the documents are merely
    what comes nearest.
    """

    generation: str
    fits: bool = True
    cases: tuple[DocumentMatch, ...] = ()
    questions: tuple[DocumentMatch, ...] = ()
    peers: tuple[PersonMatch, ...] = ()
    advisers: tuple[PersonMatch, ...] = ()
    excluded: tuple[Exclusion, ...] = field(default=(), repr=False)
