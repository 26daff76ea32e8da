"""Performs `export_data`: rows written to a stored file. The same rows give the same bytes, so writing them again changes nothing.

CSV is as RFC 4180 has it, in UTF-8: a header, lines ended by CR LF, texts quoted where needed; what is no text, number or boolean
stands there as JSON, nothing as an empty field. With `formula_guard` (the default) an apostrophe is put before texts that a
spreadsheet would take for a formula, unless they are plain numbers.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from domain.kinds.export_data import MEDIA_TYPES, ExportDataConfiguration
from domain.types import ListType, ObjectType
from domain.values import BLOB, is_wrapper
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools

EXPORT_BYTES_MAX = 100 * 1024 * 1024
EXPORT_TOO_LARGE = "EXPORT_TOO_LARGE"

_FORMULA_BEGINS = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")  # The second part: the first four in full width.
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)*(?:[eE][+-]?[0-9]+)?")

Row = Mapping[str, Any]


class Export:
    """Writes rows to a file that is kept in the store of the workspace."""

    kind = "export_data"

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """The stored file."""
        config = ExportDataConfiguration.model_validate(run.task.config)
        content = await asyncio.to_thread(_write, config, inputs)
        if len(content) > EXPORT_BYTES_MAX:
            return Failed(
                EXPORT_TOO_LARGE, f"Expected a file of at most {EXPORT_BYTES_MAX} bytes, but got {len(content)}."
            )
        media_type = MEDIA_TYPES[config.format or "json"]
        return Succeeded({"file": await tools.files.store(config.file_name, media_type, content)})


def _write(config: ExportDataConfiguration, inputs: Mapping[str, Any]) -> bytes:
    columns, rows = _table(config, inputs)
    if config.format == "csv":
        return _csv(columns, rows, guard=config.formula_guard)
    content = [_shown(row) for row in rows]
    return json.dumps(content if config.rows is not None else content[0], ensure_ascii=False, indent=2).encode() + b"\n"


def _table(config: ExportDataConfiguration, inputs: Mapping[str, Any]) -> tuple[list[str], list[Row]]:
    """The columns in their order and the rows: those of one input, or one row of all inputs."""
    if config.rows is None:
        columns = [variable.name for variable in config.inputs]
        return columns, [{name: inputs.get(name) for name in columns}]
    rows: list[Row] = inputs.get(config.rows) or []
    declared = next(variable.type for variable in config.inputs if variable.name == config.rows)
    items = declared.items if isinstance(declared, ListType) else None
    columns = [field.name for field in items.fields or ()] if isinstance(items, ObjectType) else []
    known = dict.fromkeys(columns)
    for row in rows:
        known.update(dict.fromkeys(row))
    return list(known), rows


def _csv(columns: Sequence[str], rows: Iterable[Row], *, guard: bool) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_cell(name, guard=guard) for name in columns])
    for row in rows:
        writer.writerow([_cell(row.get(name), guard=guard) for name in columns])
    return text.getvalue().encode()


def _cell(value: Any, *, guard: bool) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            formula = guard and value.startswith(_FORMULA_BEGINS) and not _NUMBER.fullmatch(value)
            return f"'{value}" if formula else value
        case int() | float():
            return json.dumps(value)
        case _:
            return json.dumps(_shown(value), ensure_ascii=False, separators=(",", ":"))


def _shown(value: Any) -> Any:
    """A value as a reader outside wants it: a file by name, size, type and hash, and not by our wrapper."""
    if isinstance(value, Mapping):
        content = value.get("content")
        if (
            value.keys() == {"name", "content"}
            and isinstance(content, dict)
            and is_wrapper(content)
            and BLOB in content
        ):
            return {"name": value["name"], **{key: content[BLOB].get(key) for key in ("type", "size", "hash")}}
        return {key: _shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return value
