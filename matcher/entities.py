"""The things that Schakel keeps, as frozen records: what the store gives and takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from matcher.types import (
    ContactPreference,
    DocumentId,
    Outcome,
    ParticipationRole,
    PersonId,
    QuestionStatus,
    Role,
    Sector,
    SharingScope,
    SupportForm,
    SupportRole,
    Viewer,
)


@dataclass(frozen=True, slots=True)
class Theme:
    """A topic of one of the taxonomies; `id` is its code, as used in questions."""

    id: str
    name: str
    taxonomy: str
    description: str


@dataclass(frozen=True, slots=True)
class Person:
    """A person who acts: who they are, and with whose eyes they look.

    `role`, `function` and the organisation are those of their main position.
    """

    id: PersonId
    name: str
    role: Role
    function: str
    organisation: str
    organisation_name: str
    sector: Sector | None
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class Held:
    """A role in an organisation, as it is given to a person."""

    role: Role
    organisation: str


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Someone who comes; the first of `positions` is the main one."""

    name: str
    function: str
    positions: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person allows: whether they may be suggested to others, how they are reached, and
    how often. It is theirs to change at any moment.

    `themes` are ids; none named is all of them. `capacity` is in conversations a month; None is
    no limit.
    """

    findable: bool
    contact: ContactPreference
    themes: tuple[str, ...]
    capacity: int | None
    away_until: date | None


@dataclass(frozen=True, slots=True)
class Board:
    """A board, and how far a question is shared where its asker does not say."""

    id: str
    name: str
    default_scope: SharingScope


@dataclass(frozen=True, slots=True)
class Participant:
    person: PersonId
    role: ParticipationRole


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was done and what came of it; with it a question is a case."""

    approach: str
    worked: str
    did_not_work: str
    outcome: Outcome
    recorded_on: date


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """A question as it is put; `themes` are ids."""

    title: str
    situation: str
    tried: str = ""
    goal: str = ""
    themes: tuple[str, ...] = ()
    form: SupportForm | None = None
    support_role: SupportRole | None = None
    sector: Sector | None = None
    scope: SharingScope | None = None  # None: the default of the board
    organisation: str | None = None  # for which it is asked; None: the asker's main one


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is kept; `resolution` is set once it is solved, and it is a case then."""

    id: DocumentId
    title: str
    situation: str
    tried: str
    goal: str
    themes: tuple[Theme, ...]
    form: SupportForm | None
    support_role: SupportRole | None
    sector: Sector | None
    scope: SharingScope
    status: QuestionStatus
    organisation: str
    organisation_name: str
    asker: PersonId | None
    asked_on: date
    resolution: Resolution | None = None
