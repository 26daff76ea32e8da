"""Writes copies of jobs to the log with COPY, as no product does: under the append lock, in one transaction, with what stands beside the events."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import psycopg

from benchmarks.large.copies import Copied, Template

APPEND_EVENTS = 1_000  # that are told as committed together
RANDOM_BYTES = 10

_COPY = """
copy stored_events (originator_id, originator_version, notification_id, workspace, wake, topic, hash, state)
from stdin (format binary)
"""
_TYPES = ["uuid", "int8", "int8", "uuid", "bool", "text", "bytea", "bytea"]
_LAST = "select coalesce(max(notification_id), 0) from stored_events"
_COMMITS = """
insert into commits (first, last, at)
select first, least(first + %(size)s - 1, %(last)s), greatest(clock_timestamp(), (select max(at) from commits))
from generate_series(%(first)s::bigint, %(last)s, %(size)s) first
"""


def write_copies(dsn: str, templates: Sequence[Template], jobs: int, until: datetime) -> int:
    """Writes so many jobs, of each template in turn, a second apart, the last begun at a time; gives the number of events."""
    with psycopg.connect(dsn) as connection:
        connection.execute("select take_append_lock()")
        before = _last(connection)
        position = before
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.set_types(_TYPES)
            for position, one in enumerate(_copies(templates, jobs, until), before + 1):
                copy.write_row(
                    (one.stream, one.version, position, one.workspace, False, one.topic, one.hash, one.state)
                )
        if position > before:
            connection.execute(_COMMITS, {"first": before + 1, "last": position, "size": APPEND_EVENTS})
            connection.execute("select pg_notify('stored_events', %s)", (str(position),))
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("analyze stored_events")  # As autovacuum would, a minute later.
    return position - before


def _copies(templates: Sequence[Template], jobs: int, until: datetime) -> Iterator[Copied]:
    source = random.Random(jobs)
    for number in range(jobs):
        at = until - timedelta(seconds=jobs - 1 - number)
        yield from templates[number % len(templates)].copy(at, source.randbytes(RANDOM_BYTES))


def _last(connection: psycopg.Connection) -> int:
    found = connection.execute(_LAST).fetchone()
    return 0 if found is None else int(found[0])
