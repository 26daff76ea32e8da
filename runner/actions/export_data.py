"""Performs `export_data`: rows or a text written to a stored file, a URL, S3 or a database. The same rows give the same bytes.

What is small and simple is written here, in a thread; a table of any size, Excel, Parquet and SQL in a process of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import orjson

from domain.kinds.export_data import ExportDataConfiguration
from domain.kinds.tables import MEDIA_TYPES
from domain.types import FileType, ListType, ObjectType, ValueType
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools
from runner.actions.import_data import SANDBOX
from runner.actions.tables.databases import database_of
from runner.actions.tables.frames import COMMIT_UNKNOWN, DATA, EffectUnknown, TableRefused
from runner.actions.tables.objects import object_written
from runner.actions.tables.pool import CRASHED, TablePool
from runner.actions.tables.remote import sent
from runner.actions.tables.row_columns import Row
from runner.actions.tables.spooling import SPOOLED_BYTES_MAX
from runner.actions.tables.writing import Counted, written

EXPORT_BYTES_MAX = SPOOLED_BYTES_MAX
EXPORT_TOO_LARGE = "EXPORT_TOO_LARGE"
HERE = frozenset({"csv", "json", "ndjson"})
"""The formats that rows given as a list are written in without a process of their own."""
ROWS_SENT_AT_ONCE = 1_000


class Export:
    """Writes rows or a text: to a file that is kept in the store of the workspace, or out of it."""

    kind = "export_data"
    tells_effect = True

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """The stored file; or how much was written where."""
        config = run.task.configured(ExportDataConfiguration)
        export = _Export(config, inputs, tools, run.attempt_id)
        try:
            return await export.perform()
        except TableRefused as refused:
            return Failed(
                refused.code,
                refused.message,
                retryable=refused.retryable,
                details=refused.details,
                retry_after_seconds=refused.retry_after_seconds,
            )


class _Export:
    def __init__(
        self, config: ExportDataConfiguration, inputs: Mapping[str, Any], tools: Tools, attempt_id: str
    ) -> None:
        self._config, self._inputs, self._tools, self._attempt_id = config, inputs, tools, attempt_id
        self._media_type = MEDIA_TYPES[config.format or "json"]
        self._count = 0

    async def perform(self) -> Outcome:
        match self._config.target:
            case "file":
                name = self._config.file_name
                file = await self._tools.files.keep(name, self._media_type, self._bounded(self._content()))
                return Succeeded({"file": file}, evidence={"rows": self._count})
            case "sql":
                return await self._to_sql()
            case "s3":
                key = await object_written(self._config, self._inputs, self._content(), self._media_type, self._tools)
                return Succeeded({"row_count": self._count, "object": key})
            case "url":
                status, told = await sent(
                    self._config,
                    self._inputs,
                    self._content(),
                    self._tools,
                    media_type=self._media_type,
                    attempt_id=self._attempt_id,
                )
                return Succeeded({"row_count": self._count, "status": status}, evidence=told)

    async def _to_sql(self) -> Outcome:

        database = await database_of(self._config.credential, self._tools, self._pool())
        columns, types = _declared(self._config)
        request = {"do": "export", "config": self._config.model_dump(mode="json"), "columns": columns, "types": types}
        await self._tools.effect()
        try:
            async with aclosing(self._pool().work(request | {"database": database}, self._lines())) as answer:
                async for frame in answer:
                    if frame.tag != DATA:
                        self._count = frame.said()["rows"]
        except TableRefused as refused:
            if refused.code in {CRASHED, COMMIT_UNKNOWN}:
                raise EffectUnknown from refused
            raise
        told = {key: database.get(key) for key in ("driver", "host", "database")}
        return Succeeded({"row_count": self._count}, evidence=told | {"rows": self._count})

    async def _content(self) -> AsyncIterator[bytes]:
        """What is to be written, piece by piece."""
        config = self._config
        if config.format == "text":
            yield await asyncio.to_thread(self._text)
            return
        columns, types = _declared(config)
        if config.format in HERE and not self._is_table():
            counted = Counted(self._rows())
            pieces = written(config, columns, counted, types)
            while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
                yield piece
            self._count = counted.count
            return
        request = {"do": "export", "config": config.model_dump(mode="json"), "columns": columns, "types": types}
        async with aclosing(self._pool().work(request, self._lines())) as answer:
            async for frame in answer:
                if frame.tag == DATA:
                    yield frame.content
                else:
                    self._count = frame.said()["rows"]

    def _text(self) -> bytes:
        encoding = self._config.encoding or "utf-8"
        try:
            return str(self._inputs.get(self._config.rows or "") or "").encode(encoding)
        except UnicodeEncodeError as error:
            character = ord(error.object[error.start])
            raise TableRefused(
                "ENCODING_MISFIT",
                f"Expected text that can be written in {encoding}, but it has the character U+{character:04X}.",
            ) from None

    def _is_table(self) -> bool:
        held = self._inputs.get(self._config.rows or "")
        return isinstance(held, Mapping)

    def _rows(self) -> Sequence[Row]:
        """The rows of a list, or one row of all inputs."""
        if self._config.rows is None:
            return [{each.name: self._inputs.get(each.name) for each in self._config.inputs}]
        return self._inputs.get(self._config.rows) or []

    async def _lines(self) -> AsyncIterator[bytes]:
        """The rows as lines of a table."""
        if self._is_table():
            async for piece in self._tools.files.open(self._inputs[self._config.rows or ""]):
                yield piece
            return
        rows = self._rows()
        for start in range(0, len(rows), ROWS_SENT_AT_ONCE):
            yield await asyncio.to_thread(_lines_of, rows[start : start + ROWS_SENT_AT_ONCE])

    async def _bounded(self, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        size = 0
        async for piece in content:
            size += len(piece)
            if size > EXPORT_BYTES_MAX:
                raise TableRefused(
                    EXPORT_TOO_LARGE, f"Expected a file of at most {EXPORT_BYTES_MAX} bytes, but it is larger."
                )
            yield piece

    def _pool(self) -> TablePool:
        pool: TablePool = self._tools.sandboxes[SANDBOX]
        return pool


def _declared(config: ExportDataConfiguration) -> tuple[list[str], dict[str, Any]]:
    """The columns that are declared, in their order, and their types."""
    if config.rows is None:
        fields: Iterator[tuple[str, ValueType]] = ((each.name, each.type) for each in config.inputs)
    else:
        row = _row_type(next(each.type for each in config.inputs if each.name == config.rows))
        fields = ((each.name, each.type) for each in (row.fields or () if row is not None else ()))
    types = {name: declared.model_dump(mode="json") for name, declared in fields}
    return list(types), types


def _row_type(declared: ValueType) -> ObjectType | None:
    match declared:
        case ListType(items=ObjectType() as row):
            return row
        case FileType():
            return declared.rows
        case _:
            return None


def _lines_of(rows: Sequence[Row]) -> bytes:
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
