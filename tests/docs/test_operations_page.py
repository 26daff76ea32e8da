"""The tables of docs/tasks/decision.md say exactly when each operation holds: of each type, null and empty included."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import pytest

from domain.kinds.operations import ALONE, OPERATIONS, Operation, holds, operations_for
from domain.types import (
    BooleanType,
    DateType,
    DecimalType,
    FilesType,
    FileType,
    JsonTextType,
    ListType,
    NumberType,
    ObjectType,
    TextType,
    ValueType,
)
from tests.docs.task_pages import page_of

TYPES: dict[str, ValueType] = {
    "Text": TextType(),
    "Number": NumberType(),
    "Decimal": DecimalType(),
    "Boolean": BooleanType(),
    "Date": DateType(),
    "Object": ObjectType(),
    "List": ListType(items=TextType()),
    "File": FileType(),
    "Files": FilesType(),
    "JSON text": JsonTextType(),
}
ROW = re.compile(r"^\| `(.+?)` \| `(\w+)` \| (?:`(.+?)` )?\| (yes|no) \|$", re.MULTILINE)

Line = tuple[str, Any, Operation, Any, bool]


def lines() -> list[Line]:
    found: list[Line] = []
    parts = re.split(r"^### (.+)$", page_of("decision").sections["Operations"], flags=re.MULTILINE)[1:]
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        rows = ROW.findall(text)
        assert len(rows) == text.count("\n| ") - 2, f"a line of {name} is not understood"
        for value, operation, other, verdict in rows:
            assert operation in get_args(Operation)
            found.append((name, json.loads(value), operation, json.loads(other or "null"), verdict == "yes"))
    return found


LINES = lines()


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line[0]} {line[1]!r} {line[2]} {line[3]!r}")
def test_a_line_holds_as_it_says(line: Line) -> None:
    name, value, operation, other, expected = line
    assert operation in operations_for(TYPES[name])
    assert holds(operation, TYPES[name], value, other) is expected


def test_every_operation_of_every_type_is_told_where_it_holds_where_not_and_of_null() -> None:
    told = {(name, operation, verdict) for name, _, operation, _, verdict in LINES}
    of_null = {(name, operation) for name, value, operation, _, _ in LINES if value is None}
    for name, declared in TYPES.items():
        for operation in operations_for(declared):
            assert (name, operation, True) in told, (name, operation)
            assert (name, operation, False) in told, (name, operation)
            assert (name, operation) in of_null, (name, operation)
    assert {operation for _, _, operation, _, _ in LINES} == set(OPERATIONS)
    assert all(other is None for _, _, operation, other, _ in LINES if operation in ALONE)
