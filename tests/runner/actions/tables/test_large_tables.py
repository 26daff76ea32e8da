"""Tables of a gigabyte, in bounded memory and time: `make soak`."""

from __future__ import annotations

import csv
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from event_store.blobs import MARK
from runner.actions.tables.pool import TablePool
from tests.runner.actions.action_stage import outputs
from tests.runner.actions.tables.table_stage import Stage, column, stage

pytestmark = [pytest.mark.anyio, pytest.mark.soak]

MEMORY_BYTES_MAX = 300 * 1024 * 1024
TIMES_MAX = 3.0
COLUMNS = [
    column("id", "float"),
    column("name"),
    column("amount", "decimal"),
    column("price", "float"),
    column("booked", "date"),
    column("paid", "bool"),
]
HEADER = "id,name,amount,price,booked,paid\r\n"


def csv_row(number: int) -> str:
    name = f'"Customer {number % 977} & Söhne, ""{number % 13}"""'
    return f"{number},{name},{number % 1000}.{number % 90 + 10},{number % 7}.25,20{number % 30 + 10}-0{number % 9 + 1}-11,true\r\n"


def json_row(number: int) -> str:
    return (
        f'{{"id":{number},"name":"Customer {number % 977} & Söhne","amount":"{number % 1000}.50","price":{number % 7}.25,'
        f'"booked":"2026-01-{number % 27 + 1:02}","paid":true}}\n'
    )


def content(row: Callable[[int], str], rows: int, header: str = "") -> Iterator[bytes]:
    yield header.encode()
    for first in range(0, rows, 5_000):
        yield "".join(map(row, range(first, min(first + 5_000, rows)))).encode()


@pytest.fixture
async def pool() -> AsyncIterator[TablePool]:
    async with TablePool() as opened:
        yield opened


async def kept(made: Stage, name: str, pieces: Iterator[bytes]) -> dict[str, Any]:
    async def each() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return await made.tools.files.keep(name, "text/plain", each())


class Memory:
    """The most memory that this process, beyond what it held before, and those it started held at once, looked at between pieces."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._before = self._process.memory_info().rss
        self.most = 0

    def look(self) -> None:
        own = self._process.memory_info().rss - self._before
        self.most = max(self.most, own + sum(child.memory_info().rss for child in self._process.children()))


@pytest.mark.parametrize(("row", "header", "name"), [(csv_row, HEADER, "a.csv"), (json_row, "", "a.ndjson")])
async def test_a_gigabyte_is_read_within_300_megabytes(
    row: Callable[[int], str], header: str, name: str, tmp_path: Path, pool: TablePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / MARK).touch()
    made = stage(tmp_path, pool)
    size = len(row(123_456).encode())
    file = await kept(made, name, content(row, 1_000_000_000 // size, header))
    memory = Memory()
    opened = made.tools.files.open

    async def watched(given: Any) -> AsyncIterator[bytes]:
        async for piece in opened(given):
            memory.look()
            yield piece

    monkeypatch.setattr(made.tools.files, "open", watched)
    gave = outputs(await made.read(None, "", {"file": file}, columns=COLUMNS))
    assert gave["row_count"] == 1_000_000_000 // size
    assert 0 < memory.most <= MEMORY_BYTES_MAX, memory.most


async def test_a_million_rows_of_csv_take_at_most_three_times_what_the_library_alone_takes(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(b"".join(content(csv_row, 1_000_000, HEADER)))
    folder = tmp_path / "blobs"
    folder.mkdir()
    alone, whole = list[float](), list[float]()
    async with TablePool() as opened:
        made = stage(folder, opened)
        file = await kept(made, "orders.csv", iter([path.read_bytes()]))
        await made.rows(b"id\n1\n")  # The process is there.
        for _ in range(5):
            began = time.perf_counter()
            with path.open(newline="", encoding="utf-8") as lines:
                assert sum(1 for _ in csv.reader(lines)) == 1_000_001
            alone.append(time.perf_counter() - began)
            began = time.perf_counter()
            assert outputs(await made.read(None, "", {"file": file}, columns=COLUMNS))["row_count"] == 1_000_000
            whole.append(time.perf_counter() - began)
    assert min(whole) <= TIMES_MAX * min(alone), (whole, alone)
