"""Every error of imports and exports, each by a real file, server or database."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runner.actions.contract import Failed
from runner.actions.tables.pool import TablePool
from tests.runner.actions.action_stage import failed
from tests.runner.actions.provoking import provokes
from tests.runner.actions.tables.servers import Web, web
from tests.runner.actions.tables.table_stage import ROWS, Given, Keys, Stage, column, stage

pytestmark = pytest.mark.anyio

CSV: dict[str, Any] = {"format": "csv", "inputs": ROWS, "rows": "rows"}
ONE = {"rows": [{"a": 1}]}
BOTH = pytest.mark.parametrize("kind", ["import_data", "export_data"])
NOBODY = "http://127.0.0.1:9/"
TYPED = [
    {
        "name": "rows",
        "type": {
            "type": "array",
            "items": {"type": "object", "fields": [{"name": "a", "type": {"type": "decimal", "scale": 2}}]},
        },
    }
]
ENCRYPTED = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + "EncryptedPackage".encode("utf-16-le")
"""What a workbook with a password begins with, and the name of its only stream."""


@pytest.fixture(scope="module")
async def pool(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TablePool]:
    async with TablePool(sqlite_folder=tmp_path_factory.mktemp("sqlite")) as opened:
        yield opened


@pytest.fixture
def site() -> Iterator[Web]:
    with web() as opened:
        yield opened


@pytest.fixture
async def here(tmp_path: Path, pool: TablePool) -> AsyncIterator[Stage]:
    made = stage(tmp_path, pool, Keys(), "127.0.0.0/8")
    yield made
    await made.tools.outgoing.aclose()


def give(here: Stage, kind: str, **values: Any) -> None:
    here.tools.credentials.known["it"] = Given(kind, values)  # type: ignore[attr-defined] # those of the stage


async def move(here: Stage, kind: str, place: str, **config: Any) -> Failed:
    """How an import or an export fails."""
    if kind == "import_data":
        return failed(await here.read(None, "", {}, source=place, **config))
    form = {"inputs": ROWS, "rows": "rows"} if place == "sql" else CSV
    return failed(await here.write(ONE, target=place, **form | config))


@pytest.mark.parametrize(
    ("code", "content", "name", "config"),
    [
        ("ROWS_INVALID", b"a\nx\n", "a.csv", {"columns": [column("a", "float")]}),
        ("TOO_MANY_ROWS", b"a\n" + b"1\n" * 10_001, "a.csv", {"rows_as": "list"}),
        ("COLUMN_MISSING", b"b\n1\n", "a.csv", {"columns": [column("a")]}),
        ("FILE_EMPTY", b"", "a.csv", {}),
        ("FILE_BROKEN", b"PK\x03\x04 no archive", "a.xlsx", {}),
        ("FILE_ENCRYPTED", ENCRYPTED, "a.xlsx", {}),
        ("CSV_INVALID", b'"a\n1\n', "a.csv", {}),
        ("JSON_INVALID", b"[1", "a.json", {}),
        ("TEXT_INVALID", b"abcdefgh\0ijkl", "a.txt", {"format": "text"}),
        ("ENCODING_INVALID", b"a\n\x81\n", "a.csv", {"encoding": "cp1252"}),
        ("ROW_TOO_LARGE", b'{"a":"' + b"x" * (17 * 1024 * 1024), "a.ndjson", {}),
        ("TOO_LARGE", b"x" * (17 * 1024 * 1024), "a.txt", {"format": "text"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@provokes("import_data")
async def test_each_trouble_with_a_file_has_its_code(
    here: Stage, code: str, content: bytes, name: str, config: dict[str, Any]
) -> None:
    outcome = failed(await here.read(content, name, **config))
    assert outcome.code == code, outcome.message


@provokes("import_data", "SHEET_MISSING")
async def test_a_sheet_that_is_not_there_is_told(here: Stage) -> None:
    content = await here.written(ONE, **CSV | {"format": "excel"})
    assert failed(await here.read(content, "a.xlsx", sheet="Other")).code == "SHEET_MISSING"


@pytest.mark.parametrize(
    ("code", "rows", "config"),
    [
        ("TOO_LARGE", [{"a": "x" * 40_000}], {"format": "excel"}),
        ("COLUMN_UNEXPECTED", [{"a": 1}] * 10_000 + [{"b": 1}], {"format": "csv"}),
        ("ENCODING_MISFIT", [{"a": "東"}], {"format": "csv", "encoding": "cp1252"}),
        ("FILE_BROKEN", [{"a": "9" * 50}], {"format": "parquet", "inputs": TYPED}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@provokes("export_data")
async def test_each_trouble_with_rows_has_its_code(
    here: Stage, code: str, rows: list[dict[str, Any]], config: dict[str, Any]
) -> None:
    outcome = failed(await here.write({"rows": rows}, **CSV | config))
    assert outcome.code == code, outcome.message


@provokes("export_data", "TABLE_INVALID")
async def test_a_table_that_is_none_is_refused(here: Stage) -> None:
    table = await here.stored("t.ndjson", b'{"a":1}\n[2]\n')
    held = [{"name": "t", "type": {"type": "file"}}]
    assert failed(await here.write({"t": table}, format="csv", inputs=held, rows="t")).code == "TABLE_INVALID"


@provokes("export_data", "EXPORT_TOO_LARGE")
async def test_a_file_over_the_limit_is_refused(here: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.actions.export_data.EXPORT_BYTES_MAX", 3)
    assert failed(await here.write(ONE, **CSV)).code == "EXPORT_TOO_LARGE"


@BOTH
@pytest.mark.parametrize(("status", "retryable"), [(503, True), (404, False)])
@provokes(None, "HTTP_STATUS")
async def test_a_status_says_whether_a_retry_may_help(
    here: Stage, site: Web, kind: str, status: int, *, retryable: bool
) -> None:
    site.answers["/x"] = (status, {}, b"no")
    assert (await move(here, kind, "url", url=site.url("/x"))).details == {"status": status}


@BOTH
@provokes(None, "URL_UNREACHABLE", retryable=True)
async def test_a_service_that_is_not_there_may_be_tried_again(here: Stage, kind: str) -> None:
    await move(here, kind, "url", url=NOBODY)


@provokes("import_data", "URL_UNREACHABLE", retryable=False)
async def test_a_service_that_redirects_in_a_circle_is_not_tried_again(here: Stage, site: Web) -> None:
    site.answers["/x"] = (302, {"Location": "/x"}, b"")
    await move(here, "import_data", "url", url=site.url("/x"))


@BOTH
@provokes(None, "URL_MISFIT")
async def test_what_is_no_url_is_refused(here: Stage, kind: str) -> None:
    await move(here, kind, "url", url="ftp://127.0.0.1/x")


@BOTH
@provokes(None, "ADDRESS_REFUSED")
async def test_a_private_address_is_refused(here: Stage, kind: str) -> None:
    await move(here, kind, "url", url="http://10.0.0.1/x")


@BOTH
@provokes(None, "CREDENTIAL_MISFIT")
async def test_a_credential_of_another_kind_is_refused(here: Stage, kind: str) -> None:
    give(here, "smtp", host="x")
    await move(here, kind, "url", url=NOBODY, credential="it")


@BOTH
@pytest.mark.parametrize(("status", "retryable"), [(503, True), (401, False)])
@provokes(None, "CREDENTIAL_REJECTED")
async def test_a_token_that_is_not_given_may_be_tried_again_when_its_server_has_trouble(
    here: Stage, site: Web, kind: str, status: int, *, retryable: bool
) -> None:
    site.answers["/token"] = (status, {}, b"{}")
    give(here, "oauth2_client", token_url=site.url("/token"), client_id="a", client_secret="b")
    await move(here, kind, "url", url=site.url("/x"), credential="it")


@BOTH
@provokes(None, "HTTP_UNREACHABLE")
async def test_a_server_of_tokens_that_is_not_there_may_be_tried_again(here: Stage, kind: str) -> None:
    give(here, "oauth2_client", token_url=NOBODY, client_id="a", client_secret="b")
    await move(here, kind, "url", url=NOBODY, credential="it")


@BOTH
@provokes(None, "ADDRESS_REFUSED")
async def test_a_server_of_tokens_at_a_private_address_is_refused(here: Stage, kind: str) -> None:
    give(here, "oauth2_client", token_url="http://10.0.0.1/token", client_id="a", client_secret="b")
    await move(here, kind, "url", url=NOBODY, credential="it")


@BOTH
@provokes(None, "OBJECT_MISFIT")
async def test_what_is_no_object_is_refused(here: Stage, kind: str) -> None:
    give(here, "s3", access_key_id="a", secret_access_key="b", bucket="c")
    await move(here, kind, "s3", object="../x", credential="it")


def statement(kind: str, text: str | None = None) -> dict[str, Any]:
    if kind == "export_data":
        return {"statement": text} if text else {"into": "t"}
    return {"statement": text or "select * from t"}


@BOTH
@pytest.mark.parametrize("retryable", [False, True])
@provokes(None, "SQL_FAILED")
async def test_what_a_database_refuses_may_be_tried_again_when_it_is_busy(
    here: Stage, pool: TablePool, kind: str, *, retryable: bool
) -> None:
    give(here, "sql", driver="sqlite", database="shop.db")
    here.tools = replace(here.tools, deadline_seconds=1.6)
    with closing(sqlite3.connect(f"{pool.sqlite_folder}/shop.db", isolation_level=None)) as database:
        database.execute("create table if not exists other (a)")
        if retryable:
            database.execute("begin exclusive")
        await move(here, kind, "sql", credential="it", **statement(kind))


@BOTH
@provokes(None, "SQL_REFUSED")
async def test_two_statements_are_refused(here: Stage, kind: str) -> None:
    give(here, "sql", driver="sqlite", database="shop.db")
    await move(here, kind, "sql", credential="it", **statement(kind, "select 1; select 2"))


@BOTH
@pytest.mark.parametrize(
    ("values", "retryable"),
    [
        ({"driver": "postgresql", "host": "127.0.0.1", "port": 9, "username": "x", "tls": "none"}, True),
        ({"driver": "sqlite"}, False),
    ],
    ids=["server", "file"],
)
@provokes(None, "DATABASE_UNREACHABLE")
async def test_a_database_that_is_not_there_may_be_tried_again_when_it_is_a_server(
    here: Stage, kind: str, values: dict[str, Any], *, retryable: bool
) -> None:
    give(here, "sql", database="nowhere.db", **values)
    await move(here, kind, "sql", credential="it", **statement(kind))


@BOTH
@provokes(None, "PATH_REFUSED")
async def test_a_file_outside_of_the_folder_is_refused(here: Stage, kind: str) -> None:
    give(here, "sql", driver="sqlite", database="../x.db")
    await move(here, kind, "sql", credential="it", **statement(kind))


@BOTH
@provokes(None, "TABLE_CRASHED")
async def test_a_process_that_dies_may_be_tried_again(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = TablePool._start

    async def killed(pool: TablePool) -> Any:
        worker = await start(pool)
        worker.process.kill()
        await worker.process.wait()
        return worker

    monkeypatch.setattr(TablePool, "_start", killed)
    async with TablePool() as pool:
        here = stage(tmp_path, pool)
        if kind == "import_data":
            await here.read(b"a\n1\n")
        else:
            await here.write(ONE, **CSV | {"format": "parquet"})
