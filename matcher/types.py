"""The records that pass between the rooms, all frozen, and the words they are made of.

An enum's value is the Dutch word that is stored, shown and sent; its name is the English one
used in code. Scores: higher is better. Ranks start at 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NewType

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]  # (n, dim), each row of unit length
Scores = npt.NDArray[np.float64]  # (n,)
Integers = npt.NDArray[np.int32]  # (n,)
SignalMatrix = npt.NDArray[np.float64]  # (n, len(Signal)); NaN where a document lacks the field

DocumentId = NewType("DocumentId", str)
PersonId = NewType("PersonId", str)


class Role(StrEnum):
    """What a person is in Schakel."""

    SCHOOL_LEADER = "schoolleider"
    ADVISER = "beleidsadviseur"
    ADMIN = "beheerder"
    PARTNER = "partner"


class OrganisationKind(StrEnum):
    SCHOOL = "school"
    BOARD_OFFICE = "bestuursbureau"
    CHILDCARE = "kinderopvang"
    HEALTH = "ggd"
    YOUTH_CARE = "jeugdhulp"
    TEACHER_TRAINING = "lerarenopleiding"


class Sector(StrEnum):
    PRIMARY = "po"
    SECONDARY = "vo"
    SPECIAL = "so"


class SizeClass(StrEnum):
    """How many pupils a school has, beside others of its sector."""

    SMALL = "klein"
    MIDDLE = "middelgroot"
    LARGE = "groot"


class SharingScope(StrEnum):
    """How widely the owner shares a question or case; each includes the ones before it."""

    SCHOOL = "school"
    BOARD = "bestuur"
    PARTNERSHIP = "samenwerkingsverband"
    NATIONAL = "landelijk"


class QuestionStatus(StrEnum):
    DRAFT = "concept"
    OPEN = "open"
    IN_CONVERSATION = "in-gesprek"
    SOLVED = "opgelost"
    WITHDRAWN = "ingetrokken"


class SupportForm(StrEnum):
    """How one wants to be helped."""

    SPARRING = "sparren"
    CONSULTATION = "collegiale-consultatie"
    PEER_REVIEW = "peer-review"
    MASTERCLASS = "masterclass"
    INTERVISION = "intervisie"
    TAILORED_ADVICE = "advies-op-maat"


class SupportRole(StrEnum):
    """What is expected of the board office in this question."""

    SIGNAL = "signaleren"
    ADVISE = "adviseren"
    SUPPORT = "ondersteunen"


class ParticipationRole(StrEnum):
    """Who did what in a question: the evidence that ranks people."""

    ASKER = "steller"
    SOLVER = "oplosser"
    CO_SOLVER = "mede-oplosser"
    ADVISER = "adviseur"
    HELPED = "geholpen"


# In which of these one helped another.
HELPING: Final = (
    ParticipationRole.SOLVER,
    ParticipationRole.CO_SOLVER,
    ParticipationRole.ADVISER,
)


class Outcome(StrEnum):
    SOLVED = "opgelost"
    PARTLY = "deels"
    NOT = "niet"


class ContactPreference(StrEnum):
    """How a person may be reached; until both sides accept, only DIRECT shows a name."""

    DIRECT = "direct"
    THROUGH_ADVISER = "via-adviseur"
    NOT = "niet"


class Sensitive(StrEnum):
    """What points at one person in a text, and is taken out before it is matched."""

    EMAIL = "e-mailadres"
    BIRTH_DATE = "geboortedatum"
    BSN = "burgerservicenummer"
    PHONE = "telefoonnummer"
    ADDRESS = "adres"


class DocumentKind(StrEnum):
    """What a document in the index is: a solved case, an open question, a described theme."""

    CASE = "casus"
    QUESTION = "vraag"
    THEME = "thema"


class Field(StrEnum):
    """The parts of a document that are embedded apart."""

    PROBLEM = "problem"
    RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True)
class Part:
    """What one person did in a question."""

    person: PersonId
    role: ParticipationRole


@dataclass(frozen=True, slots=True)
class Document:
    """What the index holds of a question, a case or a theme. Texts are redacted already.

    `title` is part of `problem` too; `passages` are what may be quoted of both fields. `parts`,
    `outcome` and `happened_on` are those of a case: evidence for the people in it.
    """

    id: DocumentId
    kind: DocumentKind
    partition: str
    revision: int
    problem: str
    resolution: str = ""  # empty while there is none
    title: str = ""
    passages: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    outcome: Outcome | None = None
    happened_on: date | None = None

    def text(self, part: Field) -> str:
        return self.problem if part is Field.PROBLEM else self.resolution


NATIONAL_PARTITION = "national"


@dataclass(frozen=True, slots=True)
class Position:
    """One role of a person in one organisation, with the board and partnership of that."""

    role: Role
    organisation: str
    board: str | None
    partnership: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """Through whose eyes is looked: the positions a person holds, the main one first.

    Who has none sees what is national. Who has none but ADMIN sees no text at all: managing
    people and retention takes none.
    """

    person: PersonId | None = None
    positions: tuple[Position, ...] = ()

    @property
    def reading(self) -> tuple[Position, ...]:
        """The positions from which texts are seen."""
        return tuple(p for p in self.positions if p.role is not Role.ADMIN)

    @property
    def sees_national(self) -> bool:
        return bool(self.reading) or not self.positions

    @property
    def organisations(self) -> frozenset[str]:
        return frozenset(p.organisation for p in self.reading)

    @property
    def boards(self) -> frozenset[str]:
        return frozenset(p.board for p in self.reading if p.board)

    @property
    def partnerships(self) -> frozenset[str]:
        return frozenset(p.partnership for p in self.reading)

    @property
    def partitions(self) -> frozenset[str]:
        named = (
            ("school", self.organisations),
            ("board", self.boards),
            ("partnership", self.partnerships),
        )
        found = {f"{kind}:{id_}" for kind, ids in named for id_ in ids}
        return frozenset(found | ({NATIONAL_PARTITION} if self.sees_national else set()))


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it is matched.

    `document` is its own place in the index (it is no match for itself), `today` the date from
    which the age of a case counts, `barred` people who may not be suggested on top of the rules.
    `themes`, as documents of the index, are those its asker named.
    """

    situation: str
    today: date
    title: str = ""
    goal: str = ""
    document: DocumentId | None = None
    asker: PersonId | None = None
    asker_organisation: str | None = None
    barred: frozenset[PersonId] = frozenset()
    themes: tuple[DocumentId, ...] = ()


@dataclass(frozen=True, slots=True)
class VisibleDocument:
    """A document re-selected from the store under the viewer's rights, as it may be shown."""

    id: DocumentId
    title: str
    scope: SharingScope
    asked_on: date
    outcome: Outcome | None = None
    organisation: str = ""
    board: str | None = None


@dataclass(frozen=True, slots=True)
class Experience:
    """One person's part in one case that the viewer may see."""

    case: DocumentId
    role: ParticipationRole
    outcome: Outcome
    happened_on: date


@dataclass(frozen=True, slots=True)
class Expert:
    """A person who may be suggested."""

    id: PersonId
    name: str
    role: Role
    organisation: str
    organisation_name: str
    sector: Sector | None
    declared: tuple[DocumentId, ...] = ()  # themes, as documents of the index
    findable: bool = True
    contact: ContactPreference = ContactPreference.DIRECT
    capacity: int | None = None  # conversations a month; None: no limit was set
    load: int = 0  # conversations under way; counted for who set a limit
    away_until: date | None = None
    found_for: tuple[DocumentId, ...] = ()  # themes to be suggested for; none named: all
    board: str | None = None
    kind: OrganisationKind | None = None
    size: SizeClass | None = None
    region: str | None = None
    region_name: str = ""


@dataclass(frozen=True, slots=True)
class Depth:
    """How many of each are retrieved and shown."""

    cases: int = 10
    questions: int = 5
    people: int = 5
    retrieved: int = 200  # candidates a signal
