"""PostgreSQL: what a transaction begins with, and through whose eyes the database itself looks.

What a viewer may see and change is said in `data/migrations`, as policies on the rows, and holds
for `APPLICATION_ROLE`. That role is taken for one transaction, together with the viewer.
"""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import Connection, Engine, ExceptionContext, event

from matcher.types import Role, Viewer

APPLICATION_ROLE: Final = "schakel_app"
# Held by who writes, until it is committed: one at a time, as on SQLite. What was read before a
# write then still is so, and rows of the outbox are seen in order of their positions. The
# database takes it too, for who adds to the outbox without asking here (migration 0009).
WRITING: Final = 1936026721
_WAIT_MS: Final = 10_000

_ALONE: Final = f"set_config('lock_timeout', '{_WAIT_MS}', true), pg_advisory_xact_lock({WRITING})"
_LOOKING: Final = (
    f"set_config('schakel.viewer', %s, true), set_config('role', '{APPLICATION_ROLE}', true)"
)
_READING: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def set_up(engine: Engine) -> None:
    event.listen(engine, "connect", _look_for_nul_in_vain)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _without_values)


def options(viewer: Viewer | None, *, writes: bool) -> dict[str, Any]:
    """With which a transaction is opened; without a viewer it is the owner's, who sees all."""
    told = {"schakel_write": writes, "schakel_viewer": viewer}
    return told if writes else told | _READING


def eyes(viewer: Viewer) -> str:
    """What the policies know of `viewer`: ids, as JSON."""
    return json.dumps(
        {
            "person": viewer.person,
            "national": viewer.sees_national,
            "organisations": sorted(viewer.organisations),
            "boards": sorted(viewer.boards),
            "partnerships": sorted(viewer.partnerships),
            "advises": _boards(viewer, Role.ADVISER),
            "manages": _boards(viewer, Role.ADMIN),
            "manages_at": sorted(p.organisation for p in viewer.positions if p.role is Role.ADMIN),
            "works": sorted({p.organisation for p in viewer.positions}),
            "works_within": sorted({p.board for p in viewer.positions if p.board}),
        }
    )


def _boards(viewer: Viewer, role: Role) -> list[str]:
    return sorted({p.board for p in viewer.positions if p.role is role and p.board})


def _look_for_nul_in_vain(connection: Any, _record: object) -> None:
    """PostgreSQL keeps no text with NUL in it, and the driver raises at one.

    No door lets it in where a text is kept. Where one is looked for, as an id in an address,
    nothing is found, as on SQLite.
    """
    from psycopg.types.string import StrDumperUnknown  # there only where PostgreSQL is used

    class Dumper(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "\ufffd"))

    connection.adapters.register_dumper(str, Dumper)


def _begin(connection: Connection) -> None:
    """One statement: the lock of who writes, and the eyes of a viewer, both until the end."""
    given = connection.get_execution_options()
    viewer: Viewer | None = given.get("schakel_viewer")
    parts = [_ALONE] if given.get("schakel_write") else []
    if viewer is not None:
        parts.append(_LOOKING)
    if parts:
        parameters = () if viewer is None else (eyes(viewer),)
        connection.exec_driver_sql(f"SELECT {', '.join(parts)}", parameters)


def _without_values(context: ExceptionContext) -> None:
    """An error may be logged; to some the server adds the whole row, to others a value."""
    error: Any = context.original_exception
    state = getattr(error, "sqlstate", None)
    if state is None:
        return
    holds_a_value = state.startswith("22")
    said = state if holds_a_value else f"{state} {error.diag.message_primary}"
    error.args = (said,)
    if context.sqlalchemy_exception:
        context.sqlalchemy_exception.args = (f"({type(error).__name__}) {said}",)
