"""A database that a test has used is made again what its template is, which takes a tenth of the time of copying the template anew.

One that was vacuumed or analyzed is not what it was: plans would follow from what another test had written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql

LEAVE_SECONDS_MAX = 10

_OURS: LiteralString = "nspname !~ '^pg_' and nspname <> 'information_schema'"
_TABLES: LiteralString = f"""
select nspname, relname from pg_class join pg_namespace n on n.oid = relnamespace where relkind = 'r' and {_OURS} order by 1, 2
"""
_SEQUENCES: LiteralString = f"""
select nspname, relname from pg_class join pg_namespace n on n.oid = relnamespace where relkind = 'S' and {_OURS} order by 1, 2
"""
_SHAPE: LiteralString = f"""
select md5(string_agg(part, ';' order by part)) from (
  select concat_ws(' ', 'schema', n.oid, nspname, nspowner, nspacl) from pg_namespace n where {_OURS}
  union all select concat_ws(' ', 'relation', c.oid, relname, relkind, relowner, relacl, reloptions, relnamespace, reltuples)
    from pg_class c join pg_namespace n on n.oid = relnamespace where {_OURS}
  union all select concat_ws(' ', 'column', attrelid, attnum, attname, atttypid, attnotnull, attisdropped, attacl)
    from pg_attribute join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace where {_OURS}
  union all select concat_ws(' ', 'constraint', c.oid, conname, convalidated)
    from pg_constraint c join pg_namespace n on n.oid = connamespace where {_OURS}
  union all select concat_ws(' ', 'default', d.oid, pg_get_expr(adbin, adrelid)) from pg_attrdef d
  union all select concat_ws(' ', 'trigger', t.oid, tgname, tgenabled) from pg_trigger t
  union all select concat_ws(' ', 'function', p.oid, proname, proacl, prosrc)
    from pg_proc p join pg_namespace n on n.oid = pronamespace where {_OURS}
  union all select concat_ws(' ', 'setting', setrole, setconfig)
    from pg_db_role_setting join pg_database d on d.oid = setdatabase where datname = current_database()
  union all select concat_ws(' ', 'extension', oid, extname) from pg_extension
  union all select concat_ws(' ', 'statistics', schemaname, tablename, attname) from pg_stats
    where schemaname !~ '^pg_' and schemaname <> 'information_schema'
) parts (part)
"""
_LEAVE: LiteralString = """
select pg_terminate_backend(pid, %s) from pg_stat_activity where datname = %s and backend_type = 'client backend'
"""

Table = tuple[str, str]


@dataclass(frozen=True)
class Emptied:
    """What the template is: its shape, and the rows that migrating leaves."""

    shape: str
    rows: dict[Table, bytes]

    @classmethod
    def of(cls, owner_dsn: str) -> Emptied:
        """Read from the template."""
        with psycopg.connect(owner_dsn) as session:
            return cls(_shape(session), {table: _content(session, table) for table in _tables(session)})

    def again(self, owner_dsn: str) -> bool:
        """Makes a copy of the template what it was; false when a test has changed more than rows."""
        with psycopg.connect(owner_dsn) as session:
            if _shape(session) != self.shape:
                return False
            held = {table: _content(session, table) for table in _changed(session, self.rows)}
            changed = [table for table, content in held.items() if content != self.rows[table]]
            if changed:
                names = sql.SQL(", ").join(sql.Identifier(*table) for table in changed)
                session.execute(sql.SQL("truncate {} restart identity").format(names))
            for table in changed:
                with session.cursor().copy(sql.SQL("copy {} from stdin").format(sql.Identifier(*table))) as copy:
                    copy.write(self.rows[table])
            for sequence in session.execute(_SEQUENCES).fetchall():
                session.execute(sql.SQL("alter sequence {} restart").format(sql.Identifier(*sequence)))
        return True


def leave(admin: psycopg.Connection, name: str) -> bool:
    """Ends whoever is still connected to a database; whether all have left."""
    return all(left for (left,) in admin.execute(_LEAVE, (LEAVE_SECONDS_MAX * 1000, name)).fetchall())


def _shape(session: psycopg.Connection) -> str:
    [(shape,)] = session.execute(_SHAPE).fetchall()
    return str(shape)


def _tables(session: psycopg.Connection) -> list[Table]:
    return [(str(schema), str(name)) for schema, name in session.execute(_TABLES).fetchall()]


def _changed(session: psycopg.Connection, rows: dict[Table, bytes]) -> list[Table]:
    """The tables that may hold other rows: those that hold any, and those that held some."""
    looks = [sql.SQL("select exists (select from {})").format(sql.Identifier(*table)) for table in rows]
    found = session.execute(sql.SQL(" union all ").join(looks)).fetchall()
    return [table for (table, content), (holds,) in zip(rows.items(), found, strict=True) if holds or content]


def _content(session: psycopg.Connection, table: Table) -> bytes:
    with session.cursor().copy(sql.SQL("copy {} to stdout").format(sql.Identifier(*table))) as copy:
        return b"".join(bytes(piece) for piece in copy)
