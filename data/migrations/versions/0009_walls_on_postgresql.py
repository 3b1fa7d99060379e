"""walls within PostgreSQL: each row only for whom it is, whatever a query forgets to ask

The connecting role owns the tables and sees all. A transaction of a viewer takes the role
`schakel_app`, which owns nothing, and may do what is named here. SQLite has no roles.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _among(column: str, of_viewer: str) -> str:
    return f"{column} = ANY ((SELECT schakel_among('{of_viewer}'))::text[])"


def _within(column: str, of_viewer: str) -> str:
    """That the organisation of a question lies within these of the viewer's."""
    schools = f"SELECT o.id FROM organisation o WHERE {_among(f'o.{column}', of_viewer)}"
    return f"organisation_id IN ({schools})"


_LOOKS: Final = "(SELECT schakel_looks())"
_WRITES: Final = "(SELECT schakel_writes())"
_OWN: Final = _among("organisation_id", "organisations")
_ADVISED: Final = _within("board_id", "advises")
_MANAGED: Final = f"({_among('organisation_id', 'manages_at')} OR {_within('board_id', 'manages')})"
# matcher.policy: shared_with, FINDABLE, _decides
_SHARED: Final = f"""(
    {_OWN}
    OR scope = 'landelijk' AND (SELECT schakel_is('national'))
    OR scope = 'bestuur' AND {_within("board_id", "boards")}
    OR scope = 'samenwerkingsverband' AND {_within("partnership_id", "partnerships")}
)"""
_FINDABLE: Final = "status IN ('open', 'in-gesprek', 'opgelost')"
_DECIDED: Final = f"({_OWN} OR status <> 'concept' AND {_ADVISED} AND {_SHARED})"
# What is seen while writing, and what a change may leave behind: after it is shared less widely,
# an adviser does not see it any more.
_AT_HAND: Final = f"({_OWN} OR {_ADVISED})"
_OF_SEEN: Final = "EXISTS (SELECT FROM question q WHERE q.id = question_id)"
_OF_AT_HAND: Final = f"EXISTS (SELECT FROM question q WHERE q.id = question_id AND {_AT_HAND})"
_OF_MANAGED: Final = f"EXISTS (SELECT FROM question q WHERE q.id = question_id AND {_MANAGED})"
_OBJECT_AT_HAND: Final = f"EXISTS (SELECT FROM question q WHERE q.id = object_id AND {_AT_HAND})"
_OF_ONESELF: Final = "{} = (SELECT schakel_viewer() ->> 'person')"
_PARTY: Final = f"({_OF_AT_HAND}) OR " + " OR ".join(
    _OF_ONESELF.format(party) for party in ("asker_id", "helper_id", "adviser_id")
)

# What the application may do: table, act, columns, which rows, which rows it may leave behind.
# What is not named it may not do; two lines about the same are added up.
_RIGHTS: Final = (
    ("partnership", "SELECT", "", _LOOKS, ""),
    ("region", "SELECT", "", _LOOKS, ""),
    ("board", "SELECT", "", _LOOKS, ""),
    ("board", "UPDATE", "default_scope", _among("id", "manages"), ""),
    ("organisation", "SELECT", "", _LOOKS, ""),
    ("theme", "SELECT", "", _LOOKS, ""),
    ("person", "SELECT", "", _LOOKS, ""),
    ("person", "UPDATE", "findable, contact, capacity, away_until", _OF_ONESELF.format("id"), ""),
    ("position", "SELECT", "", _LOOKS, ""),
    ("person_theme", "SELECT", "", _LOOKS, ""),
    ("person_found_for", "SELECT", "", _LOOKS, ""),
    ("person_found_for", "INSERT", "", "", _OF_ONESELF.format("person_id")),
    ("person_found_for", "DELETE", "", _OF_ONESELF.format("person_id"), ""),
    ("question", "SELECT", "", f"{_FINDABLE} AND {_SHARED}", ""),
    ("question", "SELECT", "", f"{_WRITES} AND ({_AT_HAND} OR {_MANAGED})", ""),
    ("question", "INSERT", "", "", _OWN),
    ("question", "UPDATE", "status, scope, revision", _DECIDED, _AT_HAND),
    ("question", "DELETE", "", f"{_DECIDED} OR {_MANAGED}", ""),
    ("resolution", "SELECT", "", _OF_SEEN, ""),
    ("resolution", "INSERT", "", "", _OF_AT_HAND),
    ("participation", "SELECT", "", _OF_SEEN, ""),
    ("participation", "INSERT", "", "", _OF_AT_HAND),
    ("question_theme", "SELECT", "", _OF_SEEN, ""),
    ("question_theme", "INSERT", "", "", _OF_AT_HAND),
    ("introduction", "SELECT", "", _PARTY, ""),
    ("audit", "SELECT", "", f"{_WRITES} AND {_OBJECT_AT_HAND}", ""),
    ("audit", "INSERT", "", "", f"{_WRITES} AND {_OF_ONESELF.format('person_id')}"),
    ("audit_head", "SELECT", "", _WRITES, ""),
    ("audit_head", "UPDATE", "count, hash", _WRITES, ""),
    ("break_glass", "SELECT", "", f"{_WRITES} AND {_OF_AT_HAND}", ""),
    ("break_glass", "INSERT", "", "", _OF_MANAGED),
    ("outbox", "INSERT", "", "", _WRITES),
    ("embedding", "SELECT", "content_hash", _WRITES, ""),  # to forget, not to read
    ("embedding", "DELETE", "", _WRITES, ""),
)
_SEQUENCES: Final = ("participation_id_seq", "outbox_position_seq")

# Whose transaction it is, as data/postgres.py sets it. Asked as `(SELECT …)` it is asked once a
# query, not once a row.
_FUNCTIONS: Final = {
    "schakel_viewer()": ("jsonb", "nullif(current_setting('schakel.viewer', true), '')::jsonb"),
    "schakel_looks()": ("boolean", "schakel_viewer() IS NOT NULL"),
    "schakel_writes()": (
        "boolean",
        "schakel_looks() AND current_setting('transaction_read_only') = 'off'",
    ),
    "schakel_is(said text)": (
        "boolean",
        "coalesce((schakel_viewer() ->> said)::boolean, false)",
    ),
    "schakel_among(said text)": (
        "text[]",
        "ARRAY(SELECT jsonb_array_elements_text(schakel_viewer() -> said))",
    ),
}

# What is told of rows that are out of sight. A view is asked with the rights of its owner, and
# `current_user` in it is who asks.
_VIEWS: Final = {
    # that a question of one's own board is there, and how far it is shared: 403 and not 404
    "question_place": f"""
        SELECT q.id, o.id AS organisation_id, o.board_id, o.partnership_id, q.scope, q.status
        FROM question q JOIN organisation o ON o.id = q.organisation_id
        WHERE current_user <> 'schakel_app'
            OR {_among("o.id", "works")} OR {_among("o.board_id", "works_within")}
    """,
    # what helpers carry now, wherever; as _LOADS in data/directory.py
    "helper_load": f"""
        SELECT person_id, question_id FROM (
            SELECT p.person_id, p.question_id
            FROM participation p
            WHERE p.role IN ('oplosser', 'mede-oplosser', 'adviseur') AND NOT EXISTS (
                SELECT FROM introduction i
                WHERE i.question_id = p.question_id AND i.helper_id = p.person_id
                    AND i.state = 'afgerond'
            )
            UNION
            SELECT i.helper_id, i.question_id FROM introduction i WHERE i.carried
        ) AS carried
        WHERE question_id IN (SELECT id FROM question WHERE status IN ('open', 'in-gesprek'))
            AND (current_user <> 'schakel_app' OR {_LOOKS})
    """,
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    _make_role()
    for name, (type_, body) in _FUNCTIONS.items():
        op.execute(
            f"CREATE FUNCTION {name} RETURNS {type_} LANGUAGE sql STABLE PARALLEL SAFE"
            f" AS $$ SELECT {body} $$"
        )
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO schakel_app")
    for name, body in _VIEWS.items():
        op.execute(f"CREATE VIEW {name} WITH (security_barrier) AS {body}")
        op.execute(f"GRANT SELECT ON {name} TO schakel_app")
    for name in _SEQUENCES:
        op.execute(f"GRANT USAGE ON SEQUENCE {name} TO schakel_app")
    for table in _tables():
        op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    for name, table, act, columns, rows, left in _named_rights():
        op.execute(f"GRANT {act}{f' ({columns})' if columns else ''} ON {table} TO schakel_app")
        using = f" USING ({rows})" if rows else ""
        check = f" WITH CHECK ({left})" if left else ""
        op.execute(f"CREATE POLICY {name} ON {table} FOR {act} TO schakel_app{using}{check}")
    # A follower that saw position 7 before 6 was committed would never see 6: who adds to the
    # outbox has to be alone from before the position is given (WRITING in data/postgres.py).
    op.execute(
        "CREATE FUNCTION schakel_write_alone() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN PERFORM pg_advisory_xact_lock(1936026721); RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER write_alone BEFORE INSERT ON outbox"
        " FOR EACH STATEMENT EXECUTE FUNCTION schakel_write_alone()"
    )


def downgrade() -> None:
    """The role stays: it is of the whole server, and other databases may use it."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("DROP TRIGGER write_alone ON outbox")
    op.execute("DROP FUNCTION schakel_write_alone()")
    for name, table, *_ in _named_rights():
        op.execute(f"DROP POLICY {name} ON {table}")
    for table in _tables():
        op.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
    for table in dict.fromkeys(table for table, *_ in _RIGHTS):
        op.execute(f"REVOKE ALL ON {table} FROM schakel_app")
    for name in _SEQUENCES:
        op.execute(f"REVOKE ALL ON SEQUENCE {name} FROM schakel_app")
    for name in _VIEWS:
        op.execute(f"DROP VIEW {name}")
    for name in reversed(_FUNCTIONS):
        op.execute(f"DROP FUNCTION {name}")


def _make_role() -> None:
    """Whoever made it, it is there, and the connecting role may take it."""
    op.execute(
        """
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'schakel_app') THEN
                BEGIN
                    CREATE ROLE schakel_app NOLOGIN;
                EXCEPTION WHEN duplicate_object OR unique_violation THEN
                    NULL;  -- made a moment ago, for another database
                END;
                GRANT schakel_app TO CURRENT_USER;
            ELSIF NOT pg_has_role(CURRENT_USER, 'schakel_app', 'MEMBER') THEN
                GRANT schakel_app TO CURRENT_USER;
            END IF;
        END $$
        """
    )


def _tables() -> list[str]:
    """All there are, also those of which no right is named: nobody sees a row of them."""
    names = sa.inspect(op.get_bind()).get_table_names()
    return sorted(set(names) - {"alembic_version"})


def _named_rights() -> list[tuple[str, ...]]:
    """The rights, each with a name for its policy that no other of the table has."""
    return [
        (f"{act.lower()}_{number}", table, act, *rest)
        for (table, act), rights in groupby(_RIGHTS, key=lambda right: right[:2])
        for number, (_, _, *rest) in enumerate(rights, start=1)
    ]
