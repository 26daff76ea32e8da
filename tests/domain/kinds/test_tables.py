"""Imports and exports as they are configured: what they take and give, and what would keep them from running."""

from __future__ import annotations

from typing import Any

import pytest

from domain.kinds import KINDS
from domain.types import FileType, ListType, NumberType, ObjectField, ObjectType, TextType, always_fits, fits
from domain.variables import Variable

TEXT = {"name": "text", "type": {"type": "str"}}
NUMBER = {"name": "n", "type": {"type": "float"}}
ROW = ObjectType(fields=(ObjectField(name="n", type=NumberType()),))
COLUMN = {"name": "n", "type": {"type": "float"}}


def names(kind: str, config: dict[str, Any]) -> tuple[list[str], list[str]]:
    read = KINDS[kind].read(config)
    inputs, outputs = KINDS[kind].inputs(read, lambda _: None), KINDS[kind].outputs(read, lambda _: None)
    return [each.name for each in inputs], [each.name for each in outputs or ()]


def found(kind: str, config: dict[str, Any]) -> list[tuple[str, str]]:
    read = KINDS[kind].read(config)
    return [(finding.code, finding.path) for finding in KINDS[kind].findings(read)]


def test_rows_are_given_as_a_list_a_table_or_one_of_both() -> None:
    read = KINDS["import_data"].read({"columns": [COLUMN]})
    table = FileType(kinds=("application/x-ndjson",), rows=ROW)
    assert KINDS["import_data"].outputs(read, lambda _: None) == (
        Variable(name="rows", type=ListType(items=ROW), required=False),
        Variable(name="table", type=table, required=False),
        Variable(name="row_count", type=NumberType(minimum=0)),
    )
    assert names("import_data", {"rows_as": "list"}) == (["file"], ["rows", "row_count"])
    assert names("import_data", {"rows_as": "table", "bad_rows": "skip_and_report"}) == (
        ["file"],
        ["table", "row_count", "bad_rows", "bad_row_count"],
    )
    assert names("import_data", {"format": "text"}) == (["file"], ["content"])
    assert names("import_data", {"source": "sql", "credential": "c", "inputs": [TEXT]})[0] == ["text"]
    assert names("import_data", {"source": "sql", "inputs": [TEXT]})[0] == ["file", "text"]


def test_an_export_says_what_it_wrote_where() -> None:
    assert names("export_data", {"target": "url"})[1] == ["row_count", "status"]
    assert names("export_data", {"target": "s3"})[1] == ["row_count", "object"]
    assert names("export_data", {"target": "sql"})[1] == ["row_count"]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, []),
        ({"source": "url"}, [("MISSING_CONFIGURATION", "url")]),
        ({"source": "url", "url": "ftp://x"}, [("CONFIGURATION_MISFIT", "url")]),
        ({"source": "url", "url": "https://x/{no}"}, [("UNKNOWN_VARIABLE", "url")]),
        ({"source": "url", "url": "https://x/{"}, [("CONFIGURATION_MISFIT", "url")]),
        ({"source": "s3", "object": "a"}, [("MISSING_CONFIGURATION", "credential")]),
        ({"source": "sql"}, [("MISSING_CONFIGURATION", "statement")]),
        ({"source": "sql", "statement": "select :no"}, [("UNKNOWN_VARIABLE", "statement")]),
        ({"source": "sql", "statement": "delete from t"}, [("SQL_MISFIT", "statement")]),
        ({"source": "sql", "statement": "select 1; select 2"}, [("SQL_MISFIT", "statement")]),
        ({"statement": "select 1"}, [("SETTINGS_CONFLICT", "statement")]),
        ({"whole": True}, [("SETTINGS_CONFLICT", "whole")]),
        ({"format": "text", "columns": [COLUMN]}, [("SETTINGS_CONFLICT", "columns")]),
        ({"columns": [COLUMN, COLUMN]}, [("DECLARED_TWICE", "columns.n")]),
        ({"columns": [{"name": "f", "type": {"type": "file"}}]}, [("TYPE_MISMATCH", "columns.f.type")]),
        ({"columns": [COLUMN | {"date_format": "%d"}]}, [("TYPE_MISMATCH", "columns.n.date_format")]),
        ({"inputs": [{"name": "file", "type": {"type": "str"}}]}, [("DECLARED_TWICE", "inputs.file")]),
        ({"decimal_mark": ",", "group_mark": ","}, [("SETTINGS_CONFLICT", "group_mark")]),
        ({"delimiter": "'", "quote": "'"}, [("SETTINGS_CONFLICT", "delimiter")]),
        ({"delimiter": "\r"}, [("SETTINGS_CONFLICT", "delimiter")]),
        ({"quote": "\n"}, [("SETTINGS_CONFLICT", "quote")]),
    ],
)
def test_an_import_that_could_not_be_read_is_found(config: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert found("import_data", config) == expected


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"target": "sql", "credential": "c", "into": "t"}, []),
        ({"target": "sql", "credential": "c"}, [("MISSING_CONFIGURATION", "into")]),
        ({"target": "sql", "into": "t"}, [("MISSING_CONFIGURATION", "credential")]),
        ({"target": "sql", "credential": "c", "into": "t", "format": "csv"}, [("SETTINGS_CONFLICT", "format")]),
        ({"target": "sql", "credential": "c", "statement": "select 1"}, [("SQL_MISFIT", "statement")]),
        (
            {"target": "sql", "credential": "c", "statement": "delete from t where x = :no"},
            [("UNKNOWN_VARIABLE", "statement")],
        ),
        ({"format": "csv", "file_name": "a", "into": "t"}, [("SETTINGS_CONFLICT", "into")]),
        ({"format": "text", "file_name": "a", "rows": "n"}, [("TYPE_MISMATCH", "rows")]),
        ({"format": "text", "file_name": "a"}, [("UNKNOWN_VARIABLE", "rows")]),
        ({"format": "excel", "file_name": "a", "encoding": "utf-8"}, [("SETTINGS_CONFLICT", "encoding")]),
        ({"format": "csv", "file_name": "a", "delimiter": '"'}, [("SETTINGS_CONFLICT", "delimiter")]),
        ({"format": "csv", "file_name": "a", "delimiter": "\n"}, [("SETTINGS_CONFLICT", "delimiter")]),
    ],
)
def test_an_export_that_could_not_be_written_is_found(config: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert found("export_data", {"inputs": [TEXT, NUMBER], **config}) == expected


@pytest.mark.parametrize(
    ("setting", "value"),
    [("encoding", "klingon"), ("time_zone", "Europe/Nowhere"), ("into", "t; drop"), ("delimiter", "ab")],
)
def test_a_setting_that_means_nothing_is_refused(setting: str, value: str) -> None:
    kind = "export_data" if setting == "into" else "import_data"
    with pytest.raises(ValueError, match=setting):
        KINDS[kind].read({setting: value})


def test_a_table_fits_where_its_rows_do() -> None:
    table, plain = FileType(rows=ROW), FileType()
    other = FileType(rows=ObjectType(fields=(ObjectField(name="n", type=TextType()),)))
    assert fits(table, table) is None
    assert fits(plain, table) is None  # It may be one; the value is looked at when it is there.
    assert fits(table, other) == "a table whose rows are an object whose field n is a number"
    assert always_fits(table, plain) is None
    assert always_fits(plain, table) == "a table whose rows are anything"
