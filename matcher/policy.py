"""Who may do what: the one place that decides, for the API, the pages and the search alike.

Pure. `data/rights.py` says in SQL what `may` says of READ, for lists; a property test holds the
two, and a table of rules written by hand, against each other.

Of a question three things decide: which positions one holds, where the question was asked, and
how far it is shared. What one may not know of is HIDDEN, and looks as if it did not exist: that
is all of another board that is not shared with one. A thing of one's own board may be FORBIDDEN.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

from matcher.errors import Forbidden, NotFound
from matcher.types import Position, QuestionStatus, Role, SharingScope, Viewer


class Act(StrEnum):
    """What can be done; the value is the word in the audit."""

    ASK = "vraag-stellen"
    SEARCH = "zoeken"
    READ = "vraag-lezen"
    MATCH = "matches-lezen"
    RESOLVE = "vraag-oplossen"
    WITHDRAW = "vraag-intrekken"
    SHARE = "vraag-delen"
    ERASE = "vraag-wissen"
    SEE_READERS = "inzage-lezen"
    BREAK_GLASS = "vraag-noodinzage"

    SEE_PEOPLE = "personen-lezen"
    MANAGE_PEOPLE = "personen-beheren"
    CONSENT = "toestemming-geven"
    SET_DEFAULT_SCOPE = "standaard-delen"

    SIGN_IN = "aanmelden"
    SIGN_OUT = "afmelden"
    REVOKE_SESSION = "sessie-beeindigen"
    SET_PASSWORD = "wachtwoord-zetten"  # noqa: S105 (a word, no password)
    FORGET_PASSWORD = "wachtwoord-vergeten"  # noqa: S105
    CLOSE_ACCOUNT = "account-sluiten"
    SET_CODE = "tweestaps-zetten"
    LINK_IDENTITY = "inlog-koppelen"
    MAKE_TOKEN = "token-maken"  # noqa: S105
    REVOKE_TOKEN = "token-intrekken"  # noqa: S105

    PROPOSE = "introductie-voorstellen"
    SEE_INTRODUCTION = "introductie-lezen"
    ACCEPT = "introductie-aanvaarden"
    DECLINE = "introductie-afwijzen"
    CANCEL = "introductie-intrekken"
    PLAN = "introductie-plannen"
    HELD = "introductie-gevoerd"
    CONCLUDE = "introductie-afronden"
    REMIND = "introductie-herinneren"
    LAPSE = "introductie-verlopen"


class Verdict(Enum):
    ALLOWED = "toegestaan"
    FORBIDDEN = "verboden"
    HIDDEN = "verborgen"


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a question belongs and how far it is shared."""

    organisation: str
    board: str | None
    partnership: str
    scope: SharingScope
    status: QuestionStatus


FINDABLE: Final = frozenset(
    {QuestionStatus.OPEN, QuestionStatus.IN_CONVERSATION, QuestionStatus.SOLVED}
)
_READING: Final = frozenset({Act.READ, Act.MATCH})
_DECIDING: Final = frozenset(
    {Act.RESOLVE, Act.WITHDRAW, Act.SHARE, Act.ERASE, Act.SEE_READERS, Act.PROPOSE}
)
_RETENTION: Final = frozenset({Act.ERASE, Act.BREAK_GLASS})


def shared_with(viewer: Viewer, question: Placed) -> bool:
    """Whether `viewer` is within the scope of `question`; whose own school it is, always."""
    if question.organisation in viewer.organisations:
        return True
    match question.scope:
        case SharingScope.NATIONAL:
            return viewer.sees_national
        case SharingScope.PARTNERSHIP:
            return question.partnership in viewer.partnerships
        case SharingScope.BOARD:
            return question.board in viewer.boards
        case SharingScope.SCHOOL:
            return False


def may(viewer: Viewer, act: Act, question: Placed) -> Verdict:
    """Whether `viewer` may do `act` to `question`, and if not, whether they may know of it."""
    if _allowed(viewer, act, question):
        return Verdict.ALLOWED
    unread = act in _READING and question.status not in FINDABLE  # a draft, or withdrawn
    own = at_home(viewer, question.organisation, question.board)
    return Verdict.FORBIDDEN if own and not unread else Verdict.HIDDEN


def require(viewer: Viewer, act: Act, question: Placed | None) -> None:
    """Raises NotFound where there is no such question or it is hidden, Forbidden where it is not
    allowed."""
    if question is None:
        raise NotFound("question")
    verdict = may(viewer, act, question)
    if verdict is Verdict.HIDDEN:
        raise NotFound("question")
    if verdict is Verdict.FORBIDDEN:
        raise Forbidden(act)


def require_reader(viewer: Viewer, act: Act) -> None:
    """ASK and SEARCH are for who works with questions. Raises Forbidden for who manages only."""
    if not viewer.reading:
        raise Forbidden(act)


def manages(viewer: Viewer, organisation: str, board: str | None) -> bool:
    """Whether `viewer` is an admin of `board`, or of an organisation that has none."""
    return any(p.role is Role.ADMIN and _home(p, organisation, board) for p in viewer.positions)


def advises(viewer: Viewer, board: str | None) -> bool:
    """Whether `viewer` is an adviser of `board`."""
    return board is not None and any(
        p.role is Role.ADVISER and p.board == board for p in viewer.positions
    )


def at_home(viewer: Viewer, organisation: str, board: str | None) -> bool:
    """Whether `viewer` works in that organisation, or elsewhere in its board, in any role."""
    return any(_home(p, organisation, board) for p in viewer.positions)


def own_board(viewer: Viewer) -> str | None:
    """The board that `viewer` manages; who manages none, that of their first position with one."""
    held = [p for p in viewer.positions if p.board is not None]
    managed = [p for p in held if p.role is Role.ADMIN]
    return next((p.board for p in (*managed, *held)), None)


def require_manager(viewer: Viewer, act: Act, board: str | None) -> None:
    """SET_DEFAULT_SCOPE is for who manages `board`. Raises Forbidden."""
    if not any(p.role is Role.ADMIN and p.board == board for p in viewer.positions):
        raise Forbidden(act)


def acting_as(viewer: Viewer, act: Act, question: Placed | None) -> Position | None:
    """The position from which `viewer` does `act`: one that allows it, of that board if there is.

    Otherwise the main one; None for who has none.
    """
    if question is not None:
        for position in sorted(viewer.positions, key=lambda p: p.board != question.board):
            if _allowed(Viewer(viewer.person, (position,)), act, question):
                return position
    return next(iter(viewer.positions), None)


def _allowed(viewer: Viewer, act: Act, question: Placed) -> bool:
    if act in _READING:
        return question.status in FINDABLE and shared_with(viewer, question)
    if act in _RETENTION and manages(viewer, question.organisation, question.board):
        return True
    return act in _DECIDING and _decides(viewer, question)


def _decides(viewer: Viewer, question: Placed) -> bool:
    """Who is of the asking school, or advises its board and sees it; a draft is of the school."""
    if question.organisation in viewer.organisations:
        return True
    if question.status is QuestionStatus.DRAFT:
        return False
    return advises(viewer, question.board) and shared_with(viewer, question)


def _home(position: Position, organisation: str, board: str | None) -> bool:
    return position.organisation == organisation or (board is not None and position.board == board)
