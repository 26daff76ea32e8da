"""Performs `import_data`: content is read piece by piece in a process of its own, its rows given as a list or kept as a table."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

import orjson

from domain.kinds.import_data import ImportDataConfiguration
from domain.kinds.tables import ROWS_LISTED_MAX, TABLE
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools
from runner.actions.tables.frames import DATA, Frame, TableRefused
from runner.actions.tables.pool import TablePool
from runner.actions.tables.sources import open_source

SANDBOX = "tables"
ROWS_LISTED_BYTES_MAX = 16 * 1024 * 1024
"""What rows given as a list may weigh as JSON."""
BAD_ROWS_SHOWN_MAX = 20
"""How many bad rows the failure of a run shows."""
ROWS_INVALID, TOO_MANY_ROWS = "ROWS_INVALID", "TOO_MANY_ROWS"

Answer = AsyncGenerator[Frame, None]


class Import:
    """Reads a table or a document."""

    kind = "import_data"

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """The rows, and what was wrong with others; or the document."""
        config = run.task.configured(ImportDataConfiguration)
        pool: TablePool = tools.sandboxes[SANDBOX]
        try:
            source = await open_source(config, inputs, tools, pool)
            async with aclosing(pool.work(source.request, source.content)) as answer:
                if config.gives_content:
                    return await _document(answer)
                return await _rows(config, source.name, answer, tools)
        except TableRefused as refused:
            return Failed(
                refused.code,
                refused.message,
                retryable=refused.retryable,
                details=refused.details,
                retry_after_seconds=refused.retry_after_seconds,
            )


async def _document(answer: Answer) -> Outcome:
    pieces, ended = list[bytes](), dict[str, Any]()
    async for frame in answer:
        if frame.tag == DATA:
            pieces.append(frame.content[4:])
        else:
            ended = frame.said()
    content = await asyncio.to_thread(orjson.loads, b"".join(pieces))
    return Succeeded({"content": content}, evidence=ended.get("found"))


async def _rows(config: ImportDataConfiguration, name: str, answer: Answer, tools: Tools) -> Outcome:
    """The first rows are held; when they are too many for a list, they and what follows go into a table."""
    taken = _Taken(config)
    held, size, table = list[bytes](), 0, config.rows_as == "table"
    async for lines in taken.lines(answer):
        held.append(lines)
        size += len(lines)
        if taken.count > ROWS_LISTED_MAX or size > ROWS_LISTED_BYTES_MAX:
            table = True
        if table:
            break
    outputs: dict[str, Any] = {}
    if not table:
        rows = await asyncio.to_thread(_decoded, held, orjson.loads)
        outputs["rows"] = rows
    elif config.rows_as == "list":
        limit = f"at most {ROWS_LISTED_MAX} rows and {ROWS_LISTED_BYTES_MAX} bytes"
        raise TableRefused(
            TOO_MANY_ROWS, f"Expected {limit} for a list, but there are more: have them given as a table."
        )
    else:
        stem = name.rpartition(".")[0] or name
        outputs["table"] = await tools.files.keep(f"{stem}.ndjson", TABLE, _all(held, taken.lines(answer)))
    outputs["row_count"] = taken.count
    if config.bad_rows == "skip_and_report":
        outputs["bad_rows"] = taken.ended["bad"]
        outputs["bad_row_count"] = taken.ended["bad_count"]
    return Succeeded(outputs, evidence=taken.ended["found"])


class _Taken:
    """What the process has answered so far."""

    def __init__(self, config: ImportDataConfiguration) -> None:
        self._config = config
        self.count = 0
        self.ended: dict[str, Any] = {}

    async def lines(self, answer: Answer) -> AsyncIterator[bytes]:
        """Rows as lines; at the end raises TableRefused when some are bad and none may be."""
        async for frame in answer:
            if frame.tag != DATA:
                self.ended = frame.said()
                if self.ended["bad_count"] and self._config.bad_rows == "refuse":
                    raise _invalid(self.ended)
                return
            self.count += int.from_bytes(frame.content[:4], "big")
            yield frame.content[4:]


def _invalid(ended: Mapping[str, Any]) -> TableRefused:
    first = ended["bad"][0]
    line = f" (line {first['line']})" if "line" in first else ""
    column = f", column {first['column']}" if "column" in first else ""
    count, well = ended["bad_count"], ended["rows"]
    message = f"Expected every row as declared, but {count} of {count + well} are not. Row {first['row']}{line}{column}: {first['reason']}"
    return TableRefused(ROWS_INVALID, message, {"bad_row_count": count, "bad_rows": ended["bad"][:BAD_ROWS_SHOWN_MAX]})


def _decoded(held: list[bytes], loads: Any) -> list[Any]:
    together = b"".join(held).rstrip(b"\n").replace(b"\n", b",")
    rows: list[Any] = loads(b"[" + together + b"]")
    return rows


async def _all(held: list[bytes], following: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    while held:
        yield held.pop(0)
    async for lines in following:
        yield lines
