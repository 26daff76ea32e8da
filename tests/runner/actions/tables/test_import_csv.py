"""Imports of CSV: delimiter and encoding found, types kept exactly, every bad row named."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.types import read_type
from domain.values import BLOB
from runner.actions.tables.bad_rows import BadRows
from runner.actions.tables.cells import Reading
from runner.actions.tables.csv_reading import BUFFER_BYTES, CELL_CHARACTERS_MAX, LINE_BYTES_MAX, found_delimiter
from runner.actions.tables.encoding import SAMPLE_BYTES
from runner.actions.tables.frames import PIECE_BYTES
from runner.actions.tables.guessing import likely_encoding
from runner.actions.tables.pool import TablePool
from runner.actions.tables.text_rows import COLUMNS_READ_MAX, Field, TextRows, distinct
from tests.runner.actions.action_stage import failed, outputs
from tests.runner.actions.tables.table_stage import Stage, column, stage

pytestmark = pytest.mark.anyio

COLUMNS = [column("id", "float"), column("name"), column("total", "decimal", required=False)]


@pytest.fixture(scope="module")
async def pool() -> AsyncIterator[TablePool]:
    async with TablePool() as opened:
        yield opened


@pytest.fixture
def here(tmp_path: Path, pool: TablePool) -> Stage:
    return stage(tmp_path, pool)


async def test_a_table_is_read_by_its_declared_columns(here: Stage) -> None:
    content = b'name,id,extra,total\r\nAda,1,x,10.50\r\n"Bob, ""B""\r\nof C",2,y,\r\n'
    assert await here.rows(content, columns=COLUMNS) == [
        {"id": 1, "name": "Ada", "total": "10.50"},
        {"id": 2, "name": 'Bob, "B"\r\nof C', "total": None},
    ]


async def test_without_columns_all_is_text_and_nothing_where_empty(here: Stage) -> None:
    outcome = await here.read(b"a;;a\n1;2;3\n;;4\n")
    assert outputs(outcome) == {
        "rows": [{"a": "1", "column_2": "2", "a_2": "3"}, {"a": None, "column_2": None, "a_2": "4"}],
        "row_count": 2,
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", ":"])
async def test_the_delimiter_is_found(here: Stage, delimiter: str) -> None:
    content = delimiter.join("abc") + "\n" + delimiter.join(("1", '"x,;\t|:"', "3")) + "\n"
    assert await here.rows(content.encode()) == [{"a": "1", "b": "x,;\t|:", "c": "3"}]


def test_a_comma_is_the_delimiter_where_nothing_parts_anything() -> None:
    assert found_delimiter("name\nAda\n") == ","
    assert found_delimiter("price;note\n1,5;a\n2,5;b\n") == ";"


ENCODED = [
    ("cp1252", "Müller;Straße 5;Größe"),
    ("cp1252", "Café;Crème brûlée;garçon"),
    ("cp1252", "a;b\n1;€ 5"),
    ("cp1252", "José;Núñez;España"),
    ("cp1250", "Łódź;Kraków;Gdańsk;żółć"),
    ("cp1250", "Příliš žluťoučký kůň"),
    ("cp1251", "Иванов;Москва;улица Ленина"),
    ("koi8-r", "Иванов;Москва;улица Ленина"),
    ("cp1253", "Αθήνα;Θεσσαλονίκη"),
    ("cp1254", "İstanbul;Şişli;Çağdaş"),
    ("shift_jis", "カタカナ;ひらがな"),
    ("gb18030", "北京市;上海;你好世界"),
    ("big5", "臺北市;高雄;你好世界"),
    ("euc-kr", "서울특별시;안녕하세요"),
    ("mac-roman", "Müller;Straße"),
    ("cp850", "Müller;Straße 5;Größe"),
    ("iso8859-15", "Müller € 5"),
]


@pytest.mark.parametrize(("encoding", "text"), ENCODED)
def test_the_likely_encoding_gives_the_text(encoding: str, text: str) -> None:
    assert text.encode(encoding).decode(likely_encoding(text.encode(encoding))) == text


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "cp1251", "shift_jis"]
)
async def test_the_encoding_is_found_by_mark_or_content(here: Stage, encoding: str) -> None:
    name = {"cp1251": "Москва", "shift_jis": "カタカナひらがな"}.get(encoding, "Müller")
    content = f"name,id\r\n{name},1\r\n".encode(encoding)
    assert await here.rows(content, columns=COLUMNS[:2]) == [{"id": 1, "name": name}]


async def test_the_encoding_is_found_when_the_first_such_byte_comes_late(here: Stage) -> None:
    content = b"name,id\n" + b"Ada,1\n" * 100_000 + "Müller,2\n".encode("cp1252")
    outcome = await here.read(content, columns=COLUMNS[:2])
    table = outputs(outcome)["table"]
    assert (await here.tools.files.read(table)).endswith('{"id":2,"name":"Müller"}\n'.encode())
    assert outcome.evidence["encoding"] == "cp1252"  # type: ignore[union-attr] # it succeeded


async def test_what_stands_before_the_first_such_byte_says_nothing_of_the_encoding(here: Stage) -> None:
    content = b"name,id\n" + b"Ada,1\n" * 20_000 + "Иванов,2\nМосква,3\n".encode("cp1251")
    outcome = await here.read(content, "a.csv", rows_as="table")
    assert outcome.evidence["encoding"] == "cp1251"  # type: ignore[union-attr] # it succeeded


@pytest.mark.parametrize("place", [SAMPLE_BYTES - 1, PIECE_BYTES - 1, PIECE_BYTES])
async def test_the_encoding_is_found_where_a_character_lies_on_a_border(here: Stage, place: int) -> None:
    for encoding in ("cp1252", "utf-8"):
        before = b"name\n" + b"a" * (place - 5)
        content = before + "é\nJosé\n".encode(encoding)
        [first, second] = await here.rows(content, "a.csv", columns=[column("name")])
        assert (first["name"][-1], second["name"]) == ("é", "José")


async def test_a_text_that_ends_in_its_only_such_byte_is_read(here: Stage) -> None:
    assert await here.rows("name\nCafé".encode("cp1252"), "a.csv") == [{"name": "Café"}]


async def test_a_declared_encoding_that_it_is_not_written_in_is_refused(here: Stage) -> None:
    outcome = failed(await here.read(b"name\n\x81\n", encoding="cp1252"))
    assert outcome.code == "ENCODING_INVALID"
    assert "cp1252" in outcome.message


async def test_bytes_that_are_no_text_spoil_their_row_only(here: Stage) -> None:
    content = b"name\nA\n\xff\xff\nB\n"
    gave = outputs(await here.read(content, encoding="utf-8", bad_rows="skip_and_report"))
    assert [row["name"] for row in gave["rows"]] == ["A", "B"]
    assert [(bad["row"], bad["line"]) for bad in gave["bad_rows"]] == [(2, 3)]


async def test_every_bad_row_is_named_by_number_line_column_and_reason(here: Stage) -> None:
    content = b'id,name,total\n1,"A\nda",1.50\nx,Bob,2\n\n3,,3\n4,D,a\n"5"x,E,5\n6,F\n7,G,7,7\n8,H,8\n'
    gave = outputs(await here.read(content, columns=COLUMNS, bad_rows="skip_and_report"))
    assert [row["id"] for row in gave["rows"]] == [1, 8]
    assert (gave["row_count"], gave["bad_row_count"]) == (2, 6)
    assert gave["bad_rows"] == [
        {"row": 2, "line": 4, "column": "id", "reason": 'Expected a number, but got "x".'},
        {"row": 3, "line": 6, "column": "name", "reason": "Expected text, but got nothing."},
        {"row": 4, "line": 7, "column": "total", "reason": 'Expected a decimal, but got "a".'},
        {"row": 5, "line": 8, "reason": "Expected a row of CSV, but something stands after a closing quote."},
        {"row": 6, "line": 9, "reason": "Expected 3 fields, but got 2."},
        {"row": 7, "line": 10, "reason": "Expected 3 fields, but got 4."},
    ]


async def test_a_bad_row_is_refused_unless_it_may_be_skipped(here: Stage) -> None:
    outcome = failed(await here.read(b"id\n1\nx\n", columns=COLUMNS[:1]))
    assert (outcome.code, outcome.retryable) == ("ROWS_INVALID", False)
    assert outcome.message == (
        'Expected every row as declared, but 1 of 2 are not. Row 2 (line 3), column id: Expected a number, but got "x".'
    )
    assert outcome.details["bad_rows"][0]["row"] == 2


async def test_a_quote_that_never_closes_is_named_where_its_row_begins(here: Stage) -> None:
    outcome = failed(await here.read(b'name\n"A\nda"\n"Bob\nCid\n', columns=[column("name")]))
    assert (outcome.code, "Row 2 (line 4)" in outcome.message) == ("ROWS_INVALID", True)
    assert "a quote is not closed" in outcome.message


async def test_nothing_inside_a_text_that_is_too_long_is_taken_for_a_row(here: Stage) -> None:
    content = b'id,name\n1,"' + b"x\n9,hidden\n" * (CELL_CHARACTERS_MAX // 8) + b'"\n2,Ada\n'
    outcome = failed(await here.read(content, "a.csv", bad_rows="skip_and_report"))
    assert (outcome.code, outcome.retryable) == ("ROW_TOO_LARGE", False)


async def test_a_line_that_does_not_end_is_refused(here: Stage) -> None:
    content = b"id,name\n1," + b"x" * (LINE_BYTES_MAX + BUFFER_BYTES)
    assert failed(await here.read(content, "a.csv", bad_rows="skip_and_report")).code == "ROW_TOO_LARGE"


def test_columns_of_one_name_are_told_apart_however_many_they_are() -> None:
    begun = time.process_time()
    names = distinct(["a"] * 16_000 + ["a_2"])
    assert (names[:3], names[-2:]) == (["a", "a_2", "a_3"], ["a_16000", "a_2_2"])
    assert len({*names}) == len(names)
    assert time.process_time() - begun < 1.0  # Tried one by one from 2 on, it takes many seconds.


async def test_more_columns_than_a_sheet_has_are_refused(here: Stage) -> None:
    def content(count: int) -> bytes:
        return b",".join([b"a"] * count) + b"\n" + b",".join([b"1"] * count) + b"\n"

    assert failed(await here.read(content(COLUMNS_READ_MAX + 1), "a.csv")).code == "TOO_LARGE"
    [row] = await here.rows(content(COLUMNS_READ_MAX), "a.csv")
    assert len(row) == COLUMNS_READ_MAX


async def test_a_long_name_is_told_by_its_beginning(here: Stage) -> None:
    content = b"n" * 100_000 + b",b\n1,2\n3\n"
    outcome = await here.read(content, "a.csv", bad_rows="skip_and_report")
    assert len(repr(outcome.evidence)) < 1_000  # type: ignore[union-attr] # it succeeded
    missing = failed(await here.read(content, "a.csv", columns=COLUMNS))
    assert len(missing.message) + len(repr(missing.details)) < 1_000


async def test_a_missing_column_is_refused_by_name_and_an_optional_one_is_nothing(here: Stage) -> None:
    outcome = failed(await here.read(b"id,nom\n1,x\n", columns=COLUMNS))
    assert (outcome.code, outcome.details["missing"]) == ("COLUMN_MISSING", ["name"])
    assert await here.rows(b"id,name\n1,x\n", columns=COLUMNS) == [{"id": 1, "name": "x", "total": None}]


async def test_an_empty_file_is_refused_and_a_table_without_rows_is_none(here: Stage) -> None:
    assert failed(await here.read(b"", columns=COLUMNS)).code == "FILE_EMPTY"
    assert await here.rows(b"id,name,total\n", columns=COLUMNS) == []


async def test_without_a_header_columns_go_by_their_place(here: Stage) -> None:
    config = {"header": False, "columns": [column("id", "float"), column("name")]}
    assert await here.rows(b"1,a,x\n2,b,y\n", **config) == [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]


async def test_marks_dates_and_zones_are_read_as_set(here: Stage) -> None:
    columns = [
        column("amount", "decimal", source="Betrag"),
        column("share", "float"),
        column("on", "date", date_format="%d.%m.%Y"),
        column("at", "date"),
        column("paid", "bool"),
    ]
    content = b"Betrag;share;on;at;paid\n-1.234,50;0,5;31.01.2026;2026-07-01 10:00;Yes\n"
    config = {"columns": columns, "decimal_mark": ",", "group_mark": ".", "time_zone": "Europe/Berlin"}
    assert await here.rows(content, **config) == [
        {"amount": "-1234.50", "share": 0.5, "on": "2026-01-31", "at": "2026-07-01T10:00:00+02:00", "paid": True}
    ]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("float", "1,5"),
        ("float", "1e999"),
        ("float", "9007199254740993"),
        ("float", "nan"),
        ("float", "0x10"),
        ("float", "1_000"),
        ("float", "١"),
        ("decimal", "1e5"),
        ("decimal", "1,50"),
        ("date", "31.01.2026"),
        ("date", "2026-02-30"),
        ("bool", "maybe"),
        ("object", "[1]"),
        ("array", "{"),
        ("json_string", "{"),
    ],
)
async def test_a_text_that_is_not_of_the_type_is_never_taken(here: Stage, kind: str, text: str) -> None:
    content = f'v;x\n"{text}";\n'.encode()
    assert failed(await here.read(content, columns=[column("v", kind)])).code == "ROWS_INVALID"


async def test_limits_of_types_are_kept(here: Stage) -> None:
    columns = [column("code", {"type": "str", "pattern": "[A-Z]{2}"}), column("n", {"type": "float", "maximum": 5})]
    gave = outputs(await here.read(b"code,n\nAB,5\nab,1\nCD,6\n", columns=columns, bad_rows="skip_and_report"))
    assert gave["rows"] == [{"code": "AB", "n": 5}]
    assert [(bad["row"], bad["column"]) for bad in gave["bad_rows"]] == [(2, "code"), (3, "n")]


async def test_up_to_ten_thousand_rows_are_a_list_and_more_a_table_of_their_type(here: Stage) -> None:
    def content(count: int) -> bytes:
        return b"id\n" + b"".join(b"%d\n" % number for number in range(count))

    few = outputs(await here.read(content(10_000), columns=COLUMNS[:1]))
    assert (len(few["rows"]), few["row_count"], "table" in few) == (10_000, 10_000, False)
    many = outputs(await here.read(content(10_001), "orders.csv", columns=COLUMNS[:1]))
    assert ("rows" in many, many["row_count"], many["table"]["name"]) == (False, 10_001, "orders.ndjson")
    assert many["table"]["content"][BLOB]["type"] == "application/x-ndjson"
    lines = (await here.tools.files.read(many["table"])).splitlines()
    assert (lines[0], lines[-1], len(lines)) == (b'{"id":0}', b'{"id":10000}', 10_001)
    again = outputs(await here.read(await here.tools.files.read(many["table"]), "x.ndjson", rows_as="table"))
    assert again["row_count"] == 10_001
    refused = failed(await here.read(content(10_001), columns=COLUMNS[:1], rows_as="list"))
    assert refused.code == "TOO_MANY_ROWS"


async def test_a_table_of_which_a_row_is_bad_is_not_stored(here: Stage, tmp_path: Path) -> None:
    file = await here.stored("ids.csv", b"id\n" + b"1\n" * 20_000 + b"x\n")
    before = _files(tmp_path)
    config = {"columns": COLUMNS[:1]}
    assert failed(await here.read(None, "", {"file": file}, **config)).code == "ROWS_INVALID"
    assert _files(tmp_path) == before


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


TYPES: list[dict[str, Any]] = [
    {"type": "str"},
    {"type": "float"},
    {"type": "decimal"},
    {"type": "date"},
    {"type": "bool"},
    {"type": "str", "length_max": 3},
    {"type": "float", "minimum": 0},
]
CELLS = st.one_of(
    st.sampled_from(
        ["", "1", "-1.50", "007", "1e5", "2026-01-31", "2026-1-1", "true", "N", "a", '"', "\\u0000", "é", "\n", "1\n2"]
    ),
    st.text(max_size=6),
    st.integers().map(str),
    st.floats().map(str),
    st.dates().map(str),
)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=3), max_size=5),
    kind=st.sampled_from(TYPES),
    required=st.booleans(),
)
def test_the_quick_way_and_the_slow_one_give_the_same(
    rows: list[list[str]], kind: dict[str, Any], *, required: bool
) -> None:
    fields = [Field("a %s", read_type(kind), 0, required), Field("b", read_type({"type": "str"}), 1)]

    def made(batches: list[list[list[str]]]) -> tuple[list[Any], list[dict[str, Any]]]:
        bad, lines = BadRows(), list[bytes]()
        table, number = TextRows(fields, 2, Reading(), bad), 1
        for batch in batches:
            lines += table.lines(batch, number)[1].splitlines()
            number += len(batch)
        return list(map(orjson.loads, lines)), bad.kept  # `1.50` and `1.5` are the same Number.

    at_once, bad_at_once = made([rows])
    slow = TextRows(fields, 2, Reading(), BadRows())
    one_by_one = b"".join(slow._each([row], 1, None)[1] for row in rows).splitlines()
    assert at_once == list(map(orjson.loads, one_by_one))
    assert made([[row] for row in rows]) == (at_once, bad_at_once)
