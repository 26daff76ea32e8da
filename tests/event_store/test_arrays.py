"""Columns as binary arrays: each element is what PostgreSQL itself makes of the value, however many were made before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from event_store.arrays import ELEMENTS_KEPT_MAX, KEPT_BYTES_MAX, column, sent_as
from tests.conftest import Database

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)

COLUMNS: dict[str, Sequence[Any]] = {
    "int8": [None, 0, 1, -1, True, 2**63 - 1, -(2**63), *range(2 * ELEMENTS_KEPT_MAX), 0],
    "float8": [None, 0.0, -1.5, 1e308, float("-inf"), 1 / 3],
    "bool": [True, None, False, True],
    "text": [
        None,
        "",
        "None",
        "é" * KEPT_BYTES_MAX,
        "x" * KEPT_BYTES_MAX,
        *(str(number) for number in range(2 * ELEMENTS_KEPT_MAX)),
        "",
    ],
    "uuid": [None, UUID(int=1), UUID(int=1), UUID(int=2**128 - 1), None, None, UUID(int=1)],
    "timestamptz": [None, NOON, NOON + timedelta(microseconds=1), datetime.min.replace(tzinfo=UTC)],
    "bytea": [b"", None, b"\0\xff", b"x" * 1_000],
    "text[]": [None, (), ("a",), ('quote " and \\', "{}", "a,b", "")],
}


def test_ids_may_be_given_by_their_numbers() -> None:
    ids = [UUID(int=0), UUID(int=1), UUID(int=2**128 - 1)]
    assert column("uuid number", [each.int for each in ids]) == column("uuid", ids)


@pytest.mark.parametrize("pg_type", COLUMNS)
def test_a_column_is_read_back_as_it_was(database: Database, pg_type: str) -> None:
    values = COLUMNS[pg_type]
    with psycopg.connect(database.service_dsn) as connection:
        for given in (values, [None] * 3, values[::-1], []):
            read = connection.execute(
                f"select value::{pg_type} from unnest(%b::{sent_as(pg_type)}[]) with ordinality t (value, place) order by place",
                [column(pg_type, given)],
            )
            assert [value for (value,) in read] == [list(one) if isinstance(one, tuple) else one for one in given]
