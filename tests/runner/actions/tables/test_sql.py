"""SQL databases: real PostgreSQL, MariaDB and SQLite, read and written with bound parameters, all rows or none."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest

from runner.actions.tables.pool import TablePool
from tests.conftest import TemplateDatabase
from tests.runner.actions.action_stage import failed, outputs
from tests.runner.actions.tables.servers import MARIADB, mariadb, over_tcp, without_tls
from tests.runner.actions.tables.table_stage import ROWS, Given, Keys, Stage, column, stage
from tests.runner.actions.test_http_tls import certify

pytestmark = pytest.mark.anyio

NEEDS_MARIADB = pytest.mark.skipif(
    not MARIADB.exists() and not os.environ.get("CI"), reason="needs Debian's mariadb-server-core"
)
DRIVERS = ["postgresql", "sqlite", pytest.param("mysql", marks=NEEDS_MARIADB)]
TABLE = "create table orders (id {id}, name varchar(100) not null, total decimal(10, 2), due date, paid {bool})"


@pytest.fixture(scope="module")
async def pool(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TablePool]:
    folder = tmp_path_factory.mktemp("sqlite")
    async with TablePool(sqlite_folder=folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certify(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture(scope="module")
def servers(
    template_database: TemplateDatabase, pool: TablePool, certificate: tuple[Path, Path]
) -> Iterator[dict[str, dict[str, Any]]]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    database = template_database.copy()
    values = {"sqlite": {"driver": "sqlite", "database": "shop.db"}}
    try:
        with over_tcp(database.owner_dsn) as postgresql, over_tcp(database.owner_dsn, tls) as by_tls:
            values |= {"postgresql": postgresql, "postgresql by TLS": by_tls}
            if not MARIADB.exists():
                yield values
                return
            with mariadb(certificate) as mysql:
                yield values | {"mysql": mysql, "mysql by TLS": mysql}
    finally:
        template_database.drop(database)


@dataclass(slots=True)
class Shop:
    """A database with an empty table `orders`, and imports and exports that may use it as `shop`."""

    stage: Stage
    driver: str
    values: dict[str, Any]
    folder: Path

    def do(self, *statements: str) -> list[tuple[Any, ...]]:
        """What the last statement gives."""
        match self.driver:
            case "sqlite":
                connection: Any = sqlite3.connect(self.folder / self.values["database"])
            case "mysql":
                connection = pymysql.connect(
                    host="127.0.0.1",
                    port=self.values["port"],
                    user=self.values["username"],
                    password=self.values["password"],
                    database=self.values["database"],
                )
            case _:
                named = {"database": "dbname", "username": "user"}
                picked = ("host", "port", "database", "username", "password")
                connection = psycopg.connect(**{named.get(key, key): self.values[key] for key in picked})
        try:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            rows = list(cursor.fetchall()) if cursor.description else []
            connection.commit()
            return rows
        finally:
            connection.close()


@pytest.fixture(params=DRIVERS)
def shop(request: pytest.FixtureRequest, servers: dict[str, dict[str, Any]], pool: TablePool, tmp_path: Path) -> Shop:
    driver, values = request.param, servers[request.param]
    made = stage(tmp_path, pool, Keys({"shop": Given("sql", values)}), "127.0.0.0/8")
    assert pool.sqlite_folder is not None
    opened = Shop(made, driver, values, pool.sqlite_folder)
    kinds = {"id": "integer primary key", "bool": "boolean"}
    opened.do("drop table if exists orders", TABLE.format(**kinds))
    return opened


INPUTS = [
    {"name": "who", "type": {"type": "str"}},
    {"name": "least", "type": {"type": "decimal"}},
    {"name": "due", "type": {"type": "date"}, "required": False},
]
COLUMNS = [
    column("id", "float"),
    column("name"),
    column("total", "decimal", required=False),
    column("due", "date", required=False),
    column("paid", "bool", required=False),
]
ORDERS = [
    {"id": 1, "name": "Ada", "total": "10.55", "due": "2026-01-31", "paid": True},
    {"id": 2, "name": 'O\'Hara \\ "x"; drop table orders; -- %s %(name)s', "total": None, "due": None, "paid": False},
    {"id": 3, "name": "Müller 東京 😀", "total": "0.01", "due": None, "paid": None},
]
FIELDS = [{"name": each["name"], "type": each["type"], "required": each.get("required", True)} for each in COLUMNS]
TYPED = [{"name": "rows", "type": {"type": "array", "items": {"type": "object", "fields": FIELDS}}}]
INTO = {"target": "sql", "credential": "shop", "inputs": TYPED, "rows": "rows", "into": "orders"}
ALL = "select id, name, total, due, paid from orders order by id"


async def test_rows_are_written_and_read_again_as_they_were(shop: Shop) -> None:
    wrote = await shop.stage.write({"rows": ORDERS}, **INTO)
    assert outputs(wrote) == {"row_count": 3}
    assert shop.stage.effects == ["began"]
    assert await shop.stage.rows(None, source="sql", credential="shop", statement=ALL, columns=COLUMNS) == ORDERS


async def test_parameters_are_bound_whatever_they_hold(shop: Shop) -> None:
    await shop.stage.write({"rows": ORDERS}, **INTO)
    statement = "select name, ':who' as told, 5 % 3 as rest from orders where (name = :who or total >= :least) and name like '%' order by id"
    config = {"source": "sql", "credential": "shop", "inputs": INPUTS, "statement": statement}
    for who in ("' or '1'='1", ORDERS[1]["name"]):
        gave = outputs(await shop.stage.read(None, "", {"who": who, "least": "10.49"}, **config))
        names = ["Ada"] + [who] * (who == ORDERS[1]["name"])
        assert gave["rows"] == [{"name": name, "told": ":who", "rest": 2} for name in names]


MOMENTS = {
    "postgresql": ("timestamp", "timestamptz"),
    "mysql": ("datetime(6)", "timestamp(6)"),
    "sqlite": ("text", "text"),
}


async def test_a_moment_stays_the_same_moment_whatever_the_column_keeps_of_it(shop: Shop) -> None:
    kinds = MOMENTS[shop.driver]
    shop.do("drop table if exists moments", f"create table moments (plain {kinds[0]}, zoned {kinds[1]})")
    columns = [column("plain", "date"), column("zoned", "date")]
    fields = [{"name": each["name"], "type": each["type"]} for each in columns]
    inputs = [{"name": "rows", "type": {"type": "array", "items": {"type": "object", "fields": fields}}}]
    moment = "2026-07-01T10:00:00.250000+02:00"
    config = {"target": "sql", "credential": "shop", "inputs": inputs, "rows": "rows", "into": "moments"}
    assert outputs(await shop.stage.write({"rows": [{"plain": moment, "zoned": moment}]}, **config))["row_count"] == 1
    read = {"source": "sql", "credential": "shop", "columns": columns, "statement": "select plain, zoned from moments"}
    for zone in ("UTC", "Europe/Berlin"):
        [row] = await shop.stage.rows(None, **read, time_zone=zone)
        assert datetime.fromisoformat(row["zoned"]) == datetime.fromisoformat(moment)
        if zone == "UTC":
            assert datetime.fromisoformat(row["plain"]) == datetime.fromisoformat(moment)
    given = {
        "inputs": [{"name": "at", "type": {"type": "date"}}],
        "statement": "select 1 as n from moments where zoned = :at",
    }
    if shop.driver != "sqlite":  # It compares texts.
        asked = {"source": "sql", "credential": "shop", **given}
        found = outputs(await shop.stage.read(None, "", {"at": "2026-07-01T08:00:00.25+00:00"}, **asked))
        assert found["row_count"] == 1


async def test_a_text_that_does_not_fit_is_never_cut(shop: Shop) -> None:
    if shop.driver == "mysql":
        modes = "select @@session.sql_mode as mode, @@session.time_zone as zone"
        [row] = await shop.stage.rows(None, source="sql", credential="shop", statement=modes)
        assert ("STRICT_ALL_TABLES" in row["mode"], row["zone"]) == (True, "+00:00")
    outcome = await shop.stage.write({"rows": [ORDERS[0], {**ORDERS[2], "name": "x" * 101}]}, **INTO)
    if shop.driver == "sqlite":  # Its columns have no length.
        assert shop.do("select max(length(name)) from orders") == [(101,)]
        return
    assert failed(outcome).code == "SQL_FAILED"
    assert shop.do("select count(*) from orders") == [(0,)]


async def test_a_failure_in_the_middle_writes_nothing(shop: Shop) -> None:
    rows = [{**ORDERS[0], "id": number} for number in range(3_000)] + [{**ORDERS[0], "id": 7}]
    outcome = failed(await shop.stage.write({"rows": rows}, **INTO))
    assert (outcome.code, outcome.retryable) == ("SQL_FAILED", False)
    assert shop.do("select count(*) from orders") == [(0,)]


async def test_a_statement_is_done_for_each_row(shop: Shop) -> None:
    await shop.stage.write({"rows": ORDERS}, **INTO)
    update = {"target": "sql", "credential": "shop", "statement": "update orders set name = :new where id = :id"}
    config = {**update, "inputs": ROWS, "rows": "rows"}
    await shop.stage.write({"rows": [{"id": 1, "new": "Eve"}, {"id": 3, "new": ":id"}]}, **config)
    assert [row[0] for row in shop.do("select name from orders order by id")][::2] == ["Eve", ":id"]


@pytest.mark.parametrize(
    "statement",
    [
        "with gone as (delete from orders returning id) select * from gone",
        "select 1; drop table orders",
        "drop table orders",
        "select 1 into outfile '/tmp/opus-of-mysql'",
        "select 1 into # '\n outfile '/tmp/opus-of-mysql' -- '",
        "select 1 /* /* */ '*/; commit; drop table orders; --'",
        "select 1 as a$x$; commit; drop table orders; select 1 as b$x$",
    ],
)
async def test_what_reads_changes_nothing(shop: Shop, statement: str) -> None:
    await shop.stage.write({"rows": ORDERS}, **INTO)
    outcome = failed(await shop.stage.read(None, source="sql", credential="shop", statement=statement))
    assert outcome.code in {"SQL_FAILED", "SQL_REFUSED"}
    assert shop.do("select count(*) from orders") == [(3,)]


async def test_many_rows_are_read_as_a_table(shop: Shop) -> None:
    rows = [{**ORDERS[0], "id": number} for number in range(12_000)]
    await shop.stage.write({"rows": rows}, **INTO)
    gave = outputs(await shop.stage.read(None, source="sql", credential="shop", statement=ALL, columns=COLUMNS))
    assert gave["row_count"] == 12_000
    assert (await shop.stage.tools.files.read(gave["table"])).count(b"\n") == 12_000


async def test_what_the_database_says_is_told(shop: Shop) -> None:
    outcome = failed(await shop.stage.read(None, source="sql", credential="shop", statement="select x from nowhere"))
    assert (outcome.code, "nowhere" in outcome.message) == ("SQL_FAILED", True)


async def test_a_wrong_password_is_told_without_it(shop: Shop) -> None:
    if shop.driver == "sqlite":
        return
    shop.stage.tools.credentials.known["shop"] = Given("sql", {**shop.values, "password": "quite-another"})  # type: ignore[attr-defined] # those of the stage
    outcome = failed(await shop.stage.read(None, source="sql", credential="shop", statement="select 1"))
    assert outcome.code in {"SQL_FAILED", "DATABASE_UNREACHABLE"}
    assert "quite-another" not in repr(outcome)


CIPHER = {
    "postgresql": "select 'TLS' as cipher",  # What leads there takes nothing else.
    "mysql": "select variable_value as cipher from information_schema.session_status where variable_name = 'ssl_cipher'",
}
BY_TLS = ["postgresql", pytest.param("mysql", marks=NEEDS_MARIADB)]


def _reaching(folder: Path, pool: TablePool, values: dict[str, Any]) -> Stage:
    return stage(folder, pool, Keys({"shop": Given("sql", values)}), "127.0.0.0/8,::1/128")


@pytest.mark.parametrize("driver", BY_TLS)
async def test_a_server_is_known_by_its_certificate(
    servers: dict[str, dict[str, Any]],
    pool: TablePool,
    tmp_path: Path,
    certificate: tuple[Path, Path],
    driver: str,
) -> None:
    ours = {"tls": "verify", "certificate": certificate[0].read_text(), "host": "localhost"}
    read = {"source": "sql", "credential": "shop", "statement": CIPHER[driver]}
    for settings in (ours, {"tls": "require", "host": "127.0.0.1"}):
        [row] = await _reaching(tmp_path, pool, servers[f"{driver} by TLS"] | settings).rows(None, **read)
        assert "TLS" in row["cipher"]
    for wrong in (ours | {"host": "127.0.0.1"}, ours | {"certificate": None}):
        outcome = failed(await _reaching(tmp_path, pool, servers[f"{driver} by TLS"] | wrong).read(None, **read))
        assert (outcome.code, "certificate" in outcome.message) == ("DATABASE_UNREACHABLE", True)


@pytest.mark.parametrize("tls", ["verify", "require"])
@pytest.mark.parametrize("driver", BY_TLS)
async def test_nobody_is_signed_in_without_tls_where_it_is_asked_for(
    servers: dict[str, dict[str, Any]], pool: TablePool, tmp_path: Path, driver: str, tls: str
) -> None:
    with without_tls(servers["mysql"]) if driver == "mysql" else contextlib.nullcontext(servers[driver]) as values:
        made = _reaching(tmp_path, pool, values | {"tls": tls})
        outcome = failed(await made.read(None, source="sql", credential="shop", statement="select 1"))
        assert (outcome.code, "SSL" in outcome.message) == ("DATABASE_UNREACHABLE", True)


async def test_a_private_address_is_refused_unless_it_is_allowed(pool: TablePool, tmp_path: Path) -> None:
    values = {"driver": "postgresql", "host": "127.0.0.1", "database": "x", "username": "x", "password": "x"}
    made = stage(tmp_path, pool, Keys({"shop": Given("sql", values)}))
    outcome = failed(await made.read(None, source="sql", credential="shop", statement="select 1"))
    assert outcome.code == "ADDRESS_REFUSED"
    refused = failed(await made.write({"rows": ORDERS}, **INTO))
    assert (refused.code, made.effects) == ("ADDRESS_REFUSED", [])


async def test_a_credential_of_another_kind_is_refused(pool: TablePool, tmp_path: Path) -> None:
    made = stage(tmp_path, pool, Keys({"shop": Given("bearer", {"token": "t"})}))
    assert (
        failed(await made.read(None, source="sql", credential="shop", statement="select 1")).code == "CREDENTIAL_MISFIT"
    )


async def test_a_stored_sqlite_file_is_read(pool: TablePool, tmp_path: Path) -> None:
    path = tmp_path / "given.db"
    with sqlite3.connect(path) as database:
        database.execute("create table t (id integer, note text)")
        database.executemany("insert into t values (?, ?)", [(1, "a"), (2, None)])
    database.close()
    made = stage(tmp_path, pool)
    statement = "select id, note from t where id >= :least order by id"
    config = {"source": "sql", "statement": statement, "inputs": [{"name": "least", "type": {"type": "float"}}]}
    outcome = await made.read(path.read_bytes(), "given.db", {"least": 1}, **config)
    assert outputs(outcome)["rows"] == [{"id": 1, "note": "a"}, {"id": 2, "note": None}]
    for hostile in ("select load_extension('x')", "select * from pragma_database_list", "attach '/etc/passwd' as x"):
        outcome = await made.read(path.read_bytes(), "g.db", {"least": 1}, **config | {"statement": hostile})
        assert failed(outcome).code in {"SQL_FAILED", "SQL_REFUSED"}
    assert failed(await made.read(b"no database at all" * 100, "x", {"least": 1}, **config)).code == "SQL_FAILED"


@pytest.mark.parametrize("database", ["../shop.db", "/etc/passwd", "link.db"])
async def test_a_sqlite_file_outside_of_the_folder_is_refused(pool: TablePool, tmp_path: Path, database: str) -> None:
    assert pool.sqlite_folder is not None
    link = pool.sqlite_folder / "link.db"
    if not link.is_symlink():
        link.symlink_to("/etc/passwd")
    made = stage(tmp_path, pool, Keys({"shop": Given("sql", {"driver": "sqlite", "database": database})}))
    assert failed(await made.read(None, source="sql", credential="shop", statement="select 1")).code == "PATH_REFUSED"
