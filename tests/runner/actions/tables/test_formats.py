"""JSON, NDJSON, Excel, Parquet and text: read as declared, written and read again, and what cannot be is refused."""

from __future__ import annotations

import asyncio
import io
import tempfile
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from domain.values import BLOB
from runner.actions.tables.duck import connected
from runner.actions.tables.frames import Incoming, TableRefused
from runner.actions.tables.pool import TablePool
from runner.actions.tables.reading import found_format
from runner.actions.tables.row_columns import BATCH_ROWS
from tests.runner.actions.action_stage import failed, outputs
from tests.runner.actions.tables.table_stage import ROWS, Stage, column, stage

pytestmark = pytest.mark.anyio

PEOPLE = [
    {"id": 1, "name": "Ada", "total": "10.50", "on": "2026-01-31", "paid": True, "tags": ["x"]},
    {"id": 2, "name": "Müller, B.", "total": None, "on": None, "paid": False, "tags": []},
]
FIELDS: list[dict[str, Any]] = [
    {"name": "id", "type": {"type": "float"}},
    {"name": "name", "type": {"type": "str"}},
    {"name": "total", "type": {"type": "decimal", "scale": 2}, "required": False},
    {"name": "on", "type": {"type": "date"}, "required": False},
    {"name": "paid", "type": {"type": "bool"}},
    {"name": "tags", "type": {"type": "array", "items": {"type": "str"}}},
]
TYPED = [{"name": "rows", "type": {"type": "array", "items": {"type": "object", "fields": FIELDS}}}]
COLUMNS = [column(each["name"], each["type"], required=each.get("required", True)) for each in FIELDS]


@pytest.fixture(scope="module")
async def pool() -> AsyncIterator[TablePool]:
    async with TablePool() as opened:
        yield opened


@pytest.fixture
def here(tmp_path: Path, pool: TablePool) -> Stage:
    return stage(tmp_path, pool)


@pytest.mark.parametrize("form", ["csv", "json", "ndjson", "excel", "parquet"])
async def test_what_is_written_is_read_again_as_it_was(here: Stage, form: str) -> None:
    content = await here.written({"rows": PEOPLE}, format=form, inputs=TYPED, rows="rows")
    assert await here.rows(content, columns=COLUMNS) == PEOPLE


@pytest.mark.parametrize("form", ["csv", "json", "ndjson", "excel", "parquet"])
async def test_a_table_is_written_as_its_rows_are(here: Stage, form: str) -> None:
    rows = [{"id": number, "name": f"n {number}"} for number in range(3 * BATCH_ROWS)]
    table = outputs(
        await here.read(await here.written({"rows": rows}, format="ndjson", inputs=ROWS, rows="rows"), rows_as="table")
    )
    fields = FIELDS[:2]
    held = [
        {
            "name": "t",
            "type": {"type": "file", "kinds": ["application/x-ndjson"], "rows": {"type": "object", "fields": fields}},
        }
    ]
    content = await here.written({"t": table["table"]}, format=form, inputs=held, rows="t")
    assert await here.rows(content, columns=COLUMNS[:2]) == rows
    assert content == await here.written(
        {"rows": rows}, format=form, inputs=TYPED, rows="rows", columns=[{"name": "id"}, {"name": "name"}]
    )


@pytest.mark.parametrize("form", ["csv", "json", "ndjson", "excel", "parquet"])
async def test_the_same_rows_give_the_same_bytes(here: Stage, form: str) -> None:
    first = await here.written({"rows": PEOPLE}, format=form, inputs=ROWS, rows="rows")
    assert await here.written({"rows": PEOPLE}, format=form, inputs=ROWS, rows="rows") == first


@pytest.mark.parametrize("form", ["csv", "json", "ndjson", "excel"])
async def test_columns_are_picked_ordered_and_named(here: Stage, form: str) -> None:
    columns = [{"name": "name", "target": "Who"}, {"name": "id"}]
    content = await here.written({"rows": PEOPLE}, format=form, inputs=ROWS, rows="rows", columns=columns)
    [first, _] = await here.rows(content)
    assert list(first.items()) == [("Who", "Ada"), ("id", "1" if form == "csv" else 1)]


async def test_excel_keeps_types_and_guards_formulas(here: Stage) -> None:
    rows = [{"a": "=1+1", "b": 1.5, "c": True, "d": "007", "e": None}]
    content = await here.written({"rows": rows}, format="excel", inputs=ROWS, rows="rows", sheet="Data")
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.get_sheet_by_name("Data").to_python() == [["a", "b", "c", "d", "e"], ["'=1+1", 1.5, True, "007", ""]]


@pytest.mark.parametrize(("form", "code"), [("excel", "TOO_LARGE"), ("parquet", None), ("csv", None)])
async def test_no_column_is_left_out_however_many_there_are(here: Stage, form: str, code: str | None) -> None:
    count = 16_385 if form == "excel" else 1_000
    rows = [{f"k{number}": number for number in range(count)}]
    config: dict[str, Any] = {"format": form, "inputs": ROWS, "rows": "rows"}
    if code is not None:
        assert failed(await here.write({"rows": rows}, **config)).code == code
        return
    [row] = await here.rows(await here.written({"rows": rows}, **config))
    assert list(row) == list(rows[0])


async def test_a_sheet_is_read_by_name_and_without_its_empty_rows(here: Stage) -> None:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        book.add_worksheet("Cover").write(0, 0, "nothing here")
        sheet = book.add_worksheet("Orders")
        sheet.write_row(2, 0, ["id", "zip", "on", "at"])
        sheet.write_row(3, 0, [1, 1067])
        sheet.write_number(3, 2, 46053, book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_number(3, 3, 46053.4375, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
        sheet.write_row(5, 0, ["x", 0.1 + 0.2])
    columns = [
        column("id", "float"),
        column("zip", "str"),
        column("on", "date", required=False),
        column("at", "date", required=False),
    ]
    gave = outputs(
        await here.read(made.getvalue(), "a.xlsx", sheet="Orders", columns=columns, bad_rows="skip_and_report")
    )
    assert gave["rows"] == [{"id": 1, "zip": "1067", "on": "2026-01-31", "at": "2026-01-31T10:30:00+00:00"}]
    assert [(bad["row"], bad["column"]) for bad in gave["bad_rows"]] == [(2, "id")]
    missing = failed(await here.read(made.getvalue(), "a.xlsx", sheet="Invoices"))
    assert (missing.code, "Cover, Orders" in missing.message) == ("SHEET_MISSING", True)


async def test_json_is_a_list_or_one_inside_a_document(here: Stage) -> None:
    assert await here.rows(b' [ {"a": 1} ,\n{"a": 2.5}, {"b": "x"}] ', "a.json") == [{"a": 1}, {"a": 2.5}, {"b": "x"}]
    assert await here.rows(b'{"d": {"list": [{"a": 1}]}}', "a.json", rows_at=["d", "list"]) == [{"a": 1}]
    assert await here.rows(b"[]", "a.json") == []


async def test_a_list_of_json_is_read_piece_by_piece(here: Stage) -> None:
    rows = [{"id": number, "text": "é,]}\\" * 5} for number in range(9_000)]
    content = await here.written({"rows": rows}, format="json", inputs=ROWS, rows="rows")
    assert await here.rows(content, "a.json") == rows


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"[1", "a.json", "JSON_INVALID"),
        (b"[{}", "a.json", "JSON_INVALID"),
        (b'[{"a": 1} {"a": 2}]', "a.json", "JSON_INVALID"),
        (b'{"a": 1}', "a.json", "JSON_INVALID"),
        (b"", "a.json", "JSON_INVALID"),
        (b"[1]", "a.json", "ROWS_INVALID"),
        (b"PK\x03\x04 no archive", "a.xlsx", "FILE_BROKEN"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xls", "FILE_BROKEN"),
        (b"PAR1 and no more", "a.parquet", "FILE_BROKEN"),
        (b"[" * 100_000, "a.json", "JSON_INVALID"),
        (b'[{"a": 1}] [', "a.json", "JSON_INVALID"),
        (b'[{"a": NaN}]', "a.json", "JSON_INVALID"),
        (b'[{"a": ' + b"9" * 5_000 + b"}]", "a.json", "JSON_INVALID"),
    ],
)
async def test_what_is_broken_is_refused(here: Stage, content: bytes, name: str, code: str) -> None:
    assert failed(await here.read(content, name)).code == code


async def test_lines_of_json_are_checked_one_by_one(here: Stage) -> None:
    content = b'{"a":1}\n\n{"a":12345678901234567890}\n{"a":\nnull\n{"a":"x\\u0000"}\n{"a":1,"a":2}\n[1]\n{"a":2}'
    gave = outputs(await here.read(content, "a.ndjson", bad_rows="skip_and_report"))
    assert gave["rows"] == [{"a": 1}, {"a": 2}, {"a": 2}]  # Of a key that stands twice, the last counts.
    assert [bad["line"] for bad in gave["bad_rows"]] == [3, 4, 5, 6, 8]


LONG = ["12345678901234567.89", "0.1000000000000000055", "-9007199254740993", "12345678901234567890123", "0.1", "1e3"]


@pytest.mark.parametrize("form", ["json", "ndjson", "inside"])
async def test_a_decimal_keeps_all_digits_of_a_number_of_json(here: Stage, form: str) -> None:
    rows = [f'{{"a":{text},"b":1.5,"c":{{"d":{text}}}}}' for text in LONG]
    columns = [column("a", "decimal"), column("b", "float"), column("c", "str")]
    config: dict[str, Any] = {"columns": columns}
    match form:
        case "ndjson":
            content = "\n".join(rows)
        case "json":
            content = f"[{','.join(rows)}]"
        case _:
            content, config["rows_at"] = f'{{"x":[{",".join(rows)}]}}', ["x"]
    read = await here.read(
        content.encode(), f"a.{'ndjson' if form == 'ndjson' else 'json'}", **config, bad_rows="skip_and_report"
    )
    assert [row["a"] for row in outputs(read)["rows"]] == [
        "12345678901234567.89",
        "0.1000000000000000055",
        "0.1",
        "1000",
    ]
    assert [bad["column"] for bad in outputs(read)["bad_rows"]] == [
        "c",
        "c",
    ]  # A whole number that is out of bounds there.


@pytest.mark.parametrize("form", ["json", "ndjson"])
async def test_a_decimal_of_far_too_many_digits_is_a_bad_row(here: Stage, form: str) -> None:
    rows = [f'{{"a":{text}}}' for text in ("1e-9999999", "1e-400", "1e999", "1.0000000000000000000e99999999", "1e-3")]
    content = "\n".join(rows) if form == "ndjson" else f"[{','.join(rows)}]"
    read = await here.read(content.encode(), f"a.{form}", columns=[column("a", "decimal")], bad_rows="skip_and_report")
    assert outputs(read)["rows"] == [{"a": "0.001"}]
    assert outputs(read)["bad_row_count"] == 4


async def test_values_become_what_their_columns_declare_or_are_named(here: Stage) -> None:
    columns = [column("a", "decimal"), column("b", "str"), column("c", "float"), column("d", "object", required=False)]
    content = (
        b'{"a":1.10,"b":5,"c":"7","d":{"x":[1]}}\n{"a":"2.50","b":true,"c":1e2}\n'
        b'{"a":true,"b":"x","c":1}\n{"b":"x","c":1}\n{"a":1,"b":"x","c":"z"}\n'
    )
    gave = outputs(await here.read(content, "a.ndjson", columns=columns, bad_rows="skip_and_report"))
    assert gave["rows"] == [
        {"a": "1.1", "b": "5", "c": 7, "d": {"x": [1]}},
        {"a": "2.50", "b": "true", "c": 100, "d": None},
    ]
    assert [(bad["row"], bad["column"]) for bad in gave["bad_rows"]] == [(3, "a"), (4, "a"), (5, "c")]


async def test_a_document_is_given_whole(here: Stage) -> None:
    gave = outputs(await here.read(b'{"a": [1, {"b": null}]}', "a.json", format="json", whole=True))
    assert gave == {"content": {"a": [1, {"b": None}]}}
    assert outputs(await here.read("grüß\n".encode("cp1252"), "a.txt", format="text")) == {"content": "grüß\n"}
    assert failed(await here.read(b"abcdefgh\0ijkl", "a.txt", format="text")).code == "TEXT_INVALID"


async def test_a_text_is_written_in_its_encoding(here: Stage) -> None:
    inputs = [{"name": "text", "type": {"type": "str"}}]
    config: dict[str, Any] = {"format": "text", "inputs": inputs, "rows": "text"}
    assert await here.written({"text": "grüß"}, **config) == "grüß".encode()
    assert await here.written({"text": "grüß"}, **config, encoding="cp1252") == b"gr\xfc\xdf"
    refused = failed(await here.write({"text": "東"}, **config, encoding="cp1252"))
    assert (refused.code, "U+6771" in refused.message) == ("ENCODING_MISFIT", True)


async def test_csv_is_written_for_who_reads_it(here: Stage) -> None:
    config = {
        "format": "csv",
        "inputs": ROWS,
        "rows": "rows",
        "delimiter": ";",
        "encoding": "utf-8-sig",
        "header": False,
    }
    assert await here.written({"rows": [{"a": "ä;", "b": 1}]}, **config) == '\ufeff"ä;";1\r\n'.encode()


async def test_a_table_that_is_none_is_refused(here: Stage) -> None:
    table = await here.stored("t.ndjson", b'{"a":1}\n[2]\n')
    held = [{"name": "t", "type": {"type": "file"}}]
    assert failed(await here.write({"t": table}, format="csv", inputs=held, rows="t")).code == "TABLE_INVALID"


@pytest.mark.parametrize(
    ("content", "name", "form"),
    [
        (b"PAR1", "x", "parquet"),
        (b"PK\x03\x04", "x.csv", "excel"),
        (b"a,b", "x.tsv", "csv"),
        (b' {"a": 1}\n{"a": 2}\n', "x", "ndjson"),
        (b'{\n"a": 1}\n', "x", "json"),
        (b"[1]", "download", "json"),
        (b"[1]", "x.jsonl", "ndjson"),
        (b"a,b\n", "x", "csv"),
    ],
)
def test_the_format_is_found_by_signature_then_name_then_beginning(content: bytes, name: str, form: str) -> None:
    assert found_format(content, name) == form


async def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(here: Stage) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"):
            with archive.open(name, "w") as part:
                part.write(b"<x/>")
        archive.filelist[-1].file_size = 700 * 1024 * 1024  # As it says of itself.
    outcome = failed(await here.read(bomb.getvalue(), "a.xlsx"))
    assert (outcome.code, "unpacks" in outcome.message) == ("TOO_LARGE", True)


async def test_a_process_that_dies_ends_its_import_and_no_other(here: Stage, pool: TablePool) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"id\n"
        while True:
            yield b"1\n" * 1_000
            for worker in pool._working:
                worker.process.kill()

    request = {"do": "import", "config": {"format": "csv"}, "name": "x"}
    with pytest.raises(TableRefused) as raised:
        async for _ in pool.work(request, endless()):
            pass
    assert (raised.value.code, raised.value.retryable) == ("TABLE_CRASHED", True)
    assert await here.rows(b"a\n1\n") == [{"a": "1"}]


async def test_what_needs_too_much_memory_is_refused(tmp_path: Path) -> None:
    document = b'"' + b"a" * 60_000_000 + b'"'
    async with TablePool(process_bytes=200 * 1024 * 1024) as small:
        outcome = failed(await stage(tmp_path, small).read(document, "a.json", format="json", whole=True))
        assert outcome.code in {"TOO_LARGE", "TABLE_CRASHED"}


async def test_a_failure_while_content_is_read_is_told_as_it_is(pool: TablePool) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"id\n1\n"
        raise TableRefused("URL_UNREACHABLE", "gone", retryable=True)

    with pytest.raises(TableRefused, match="gone"):
        async for _ in pool.work({"do": "import", "config": {"format": "csv"}, "name": "x"}, broken()):
            pass


def test_a_stream_is_looked_at_without_being_taken() -> None:
    frames = b"D\0\0\0\3abcD\0\0\0\3defE\0\0\0\0"
    incoming = Incoming(io.BytesIO(frames))
    assert (incoming.sample(4), incoming.read(2), incoming.piece(), incoming.piece()) == (b"abcd", b"ab", b"cdef", b"")


async def test_a_stored_table_says_what_it_is(here: Stage) -> None:
    table = outputs(await here.read(b"a\n1\n", "orders.csv", rows_as="table"))["table"]
    assert (table["name"], table["content"][BLOB]["type"]) == ("orders.ndjson", "application/x-ndjson")


async def test_a_cancelled_import_ends_its_process_and_frees_its_place(here: Stage, tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield b"id\n"
        while True:
            begun.set()
            yield b"1\n" * 10_000

    async with TablePool(processes=1) as single:

        async def read() -> None:
            async for _ in single.work({"do": "import", "config": {"format": "csv"}, "name": "x"}, endless()):
                pass

        reading = asyncio.create_task(read())
        await begun.wait()
        [worker] = single._working
        reading.cancel()
        async with asyncio.timeout(5):
            await asyncio.wait({reading})
            assert worker.process.returncode is not None
            assert await stage(tmp_path, single).rows(b"a\n1\n") == [{"a": "1"}]


def test_duckdb_reaches_what_it_is_given_and_nothing_else(tmp_path: Path) -> None:
    beside = tmp_path / "beside.csv"
    beside.write_text("a\n1\n")
    hostile = [
        f"select * from read_csv('{beside}')",
        f"copy (select 1) to '{tmp_path}/made.csv'",
        f"attach '{tmp_path}/made.db'",
        "select * from read_text('/proc/self/environ')",
        "select * from read_parquet('https://127.0.0.1/x.parquet')",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "reset allowed_paths",
    ]
    for statement in hostile:
        with tempfile.TemporaryFile() as given, pytest.raises(TableRefused), connected(given) as duck:
            duck.execute(statement)
    assert {path.name for path in tmp_path.iterdir()} == {"beside.csv"}


async def test_names_of_columns_are_only_names(here: Stage) -> None:
    rows = [{'a"; drop table x; --': 1, "b'": "x", "100 %s": True}]
    for form in ("csv", "ndjson", "excel", "parquet"):
        content = await here.written({"rows": rows}, format=form, inputs=ROWS, rows="rows")
        [row] = await here.rows(content)
        assert list(row) == list(rows[0])
