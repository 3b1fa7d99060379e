"""What is stored. Only `data/` knows these classes; the other rooms get frozen records.

Enums are stored as their Dutch words; ids are short texts, so that an import can keep the
codes of the school's own administration.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    Column,
    Enum,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from matcher.introduction_records import AnswerKind, DeclineReason, IntroductionState, Party
from matcher.types import (
    ContactPreference,
    OrganisationKind,
    Outcome,
    ParticipationRole,
    QuestionStatus,
    Role,
    Sector,
    SharingScope,
    SupportForm,
    SupportRole,
)

ID_LENGTH = 36


def words(enum: type[StrEnum]) -> Enum:
    """A column of the enum's Dutch words, checked by the database too."""
    return Enum(
        enum,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        length=24,
        name=enum.__name__.lower(),
    )


_ENUMS: tuple[type[StrEnum], ...] = (
    ContactPreference,
    OrganisationKind,
    Outcome,
    ParticipationRole,
    QuestionStatus,
    Role,
    Sector,
    SharingScope,
    SupportForm,
    SupportRole,
    AnswerKind,
    DeclineReason,
    IntroductionState,
    Party,
)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: String(200),
        **{enum: words(enum) for enum in _ENUMS},
    }


def _id() -> Mapped[str]:
    return mapped_column(String(ID_LENGTH), primary_key=True)


class PartnershipRow(Base):
    __tablename__ = "partnership"
    id: Mapped[str] = _id()
    name: Mapped[str]


class BoardRow(Base):
    __tablename__ = "board"
    id: Mapped[str] = _id()
    name: Mapped[str]
    partnership_id: Mapped[str] = mapped_column(ForeignKey("partnership.id"), index=True)
    # how far a question is shared where its asker does not say
    default_scope: Mapped[SharingScope] = mapped_column(default=SharingScope.BOARD)


class RegionRow(Base):
    __tablename__ = "region"
    id: Mapped[str] = _id()
    name: Mapped[str]
    partnership_id: Mapped[str] = mapped_column(ForeignKey("partnership.id"), index=True)


class OrganisationRow(Base):
    """A school, a board office or a partner; partners belong to a partnership, not to a board."""

    __tablename__ = "organisation"
    id: Mapped[str] = _id()
    name: Mapped[str]
    kind: Mapped[OrganisationKind]
    sector: Mapped[Sector | None]
    partnership_id: Mapped[str] = mapped_column(ForeignKey("partnership.id"), index=True)
    board_id: Mapped[str | None] = mapped_column(ForeignKey("board.id"), index=True)
    region_id: Mapped[str | None] = mapped_column(ForeignKey("region.id"))
    brin: Mapped[str | None] = mapped_column(String(6))
    place: Mapped[str | None]
    pupils: Mapped[int | None]

    board: Mapped[BoardRow | None] = relationship()


class ThemeRow(Base):
    __tablename__ = "theme"
    id: Mapped[str] = _id()
    name: Mapped[str]
    taxonomy: Mapped[str] = mapped_column(String(24))
    description: Mapped[str] = mapped_column(Text)


person_theme = Table(
    "person_theme",
    Base.metadata,
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), primary_key=True),
    Column("theme_id", ForeignKey("theme.id"), primary_key=True),
)

# The themes for which a person may be found; none named is all of them.
person_found_for = Table(
    "person_found_for",
    Base.metadata,
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), primary_key=True),
    Column("theme_id", ForeignKey("theme.id", ondelete="CASCADE"), primary_key=True),
)

question_theme = Table(
    "question_theme",
    Base.metadata,
    Column("question_id", ForeignKey("question.id", ondelete="CASCADE"), primary_key=True),
    Column("theme_id", ForeignKey("theme.id"), primary_key=True),
)


class PersonRow(Base):
    __tablename__ = "person"
    id: Mapped[str] = _id()
    name: Mapped[str]
    role: Mapped[Role]
    function: Mapped[str]
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    findable: Mapped[bool] = mapped_column(default=False)
    contact: Mapped[ContactPreference] = mapped_column(default=ContactPreference.NOT)
    capacity: Mapped[int | None]  # conversations a month
    away_until: Mapped[date | None]

    organisation: Mapped[OrganisationRow] = relationship(lazy="joined")
    themes: Mapped[list[ThemeRow]] = relationship(secondary=person_theme, order_by=ThemeRow.id)
    found_for: Mapped[list[ThemeRow]] = relationship(
        secondary=person_found_for, order_by=ThemeRow.id
    )
    positions: Mapped[list[PositionRow]] = relationship(
        order_by="PositionRow.organisation_id, PositionRow.role", cascade="all, delete-orphan"
    )


class PositionRow(Base):
    """A position that a person holds besides their main one, which stands in `person`."""

    __tablename__ = "position"
    person_id: Mapped[str] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(primary_key=True)

    organisation: Mapped[OrganisationRow] = relationship(lazy="joined")


class QuestionRow(Base):
    """A question through its life; solved means that it has a resolution and is a case."""

    __tablename__ = "question"
    id: Mapped[str] = _id()
    title: Mapped[str]
    situation: Mapped[str] = mapped_column(Text)
    tried: Mapped[str] = mapped_column(Text, default="")
    goal: Mapped[str] = mapped_column(Text, default="")
    form: Mapped[SupportForm | None]
    support_role: Mapped[SupportRole | None]
    sector: Mapped[Sector | None]
    scope: Mapped[SharingScope]
    status: Mapped[QuestionStatus]
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    asked_on: Mapped[date]
    revision: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[OrganisationRow] = relationship(lazy="joined")
    themes: Mapped[list[ThemeRow]] = relationship(secondary=question_theme, order_by=ThemeRow.id)
    resolution: Mapped[ResolutionRow | None] = relationship(lazy="joined")
    participations: Mapped[list[ParticipationRow]] = relationship(
        order_by="ParticipationRow.person_id, ParticipationRow.role"
    )


# As literals: with parameters SQLite cannot tell that the index below holds what is asked.
UNDER_WAY = QuestionRow.__table__.c.status.in_(
    bindparam(
        "under_way",
        [QuestionStatus.OPEN, QuestionStatus.IN_CONVERSATION],
        expanding=True,
        literal_execute=True,
    )
)
Index(
    "ix_question_under_way",
    QuestionRow.status,
    sqlite_where=UNDER_WAY,
    postgresql_where=UNDER_WAY,
)


class ResolutionRow(Base):
    __tablename__ = "resolution"
    question_id: Mapped[str] = mapped_column(
        ForeignKey("question.id", ondelete="CASCADE"), primary_key=True
    )
    approach: Mapped[str] = mapped_column(Text)
    worked: Mapped[str] = mapped_column(Text, default="")
    did_not_work: Mapped[str] = mapped_column(Text, default="")
    outcome: Mapped[Outcome]
    recorded_on: Mapped[date]


class ParticipationRow(Base):
    """Who did what in a question: the evidence that ranks people."""

    __tablename__ = "participation"
    __table_args__ = (UniqueConstraint("person_id", "question_id", "role"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    question_id: Mapped[str] = mapped_column(
        ForeignKey("question.id", ondelete="CASCADE"), index=True
    )
    role: Mapped[ParticipationRole]


class OutboxRow(Base):
    """One write that the index has yet to follow, added in the transaction of that write.

    A position given once is never given again: where an index stands must keep its meaning.
    """

    __tablename__ = "outbox"
    __table_args__ = ({"sqlite_autoincrement": True},)
    position: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(String(ID_LENGTH + 6))  # as in the index
    # in UTC, without saying so: PostgreSQL would turn it into the time of its own zone
    written_at: Mapped[datetime] = mapped_column(
        default=lambda: datetime.now(UTC).replace(tzinfo=None)
    )


class EmbeddingRow(Base):
    """A vector by what was encoded; never by id, for equal texts share it."""

    __tablename__ = "embedding"
    __table_args__ = (Index("ix_embedding_model", "model"),)
    content_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    model: Mapped[str] = mapped_column(String(200), primary_key=True)
    role: Mapped[str] = mapped_column(String(8), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)  # float32, little-endian
