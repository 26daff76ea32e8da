"""An import, in its process: the format found where it is not said, the rows read and checked, what was wrong told at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.kinds.import_data import ImportDataConfiguration
from domain.kinds.tables import Format
from domain.values import ValueRefused, encode
from runner.actions.tables import csv_reading, json_reading
from runner.actions.tables.encoding import SAMPLE_BYTES, Utf8
from runner.actions.tables.excel_reading import EXCEL_BYTES_MAX, excel_lines
from runner.actions.tables.frames import Incoming, TableRefused
from runner.actions.tables.importing import Importing, Lines
from runner.actions.tables.parquet_reading import parquet_lines
from runner.actions.tables.spooling import spooled
from runner.actions.tables.sql_reading import sql_lines

TEXT_BYTES_MAX = 16 * 1024 * 1024
PARTS_BYTES = 1024 * 1024
_ENDINGS: dict[str, Format] = {
    "csv": "csv",
    "tsv": "csv",
    "json": "json",
    "ndjson": "ndjson",
    "jsonl": "ndjson",
    "xlsx": "excel",
    "xlsm": "excel",
    "xlsb": "excel",
    "xls": "excel",
    "ods": "excel",
    "parquet": "parquet",
}


def lines(request: dict[str, Any], incoming: Incoming, ended: dict[str, Any]) -> Lines:
    """The rows, batch by batch; `ended` is filled with how many were read and skipped, why, and what was found out."""
    importing = Importing(ImportDataConfiguration.model_validate(request["config"]))
    rows = 0
    for count, content in _lines(importing, request, incoming):
        rows += count
        if count:
            yield count, content
    ended |= {"rows": rows, "bad_count": importing.bad.count, "bad": importing.bad.kept, "found": importing.found}


def _lines(importing: Importing, request: dict[str, Any], incoming: Incoming) -> Lines:
    config = importing.config
    if config.source == "sql":
        yield from sql_lines(importing, request["sql"], incoming)
        return
    form = config.format or found_format(incoming.sample(SAMPLE_BYTES), request.get("name") or "")
    importing.found["format"] = form
    match form:
        case "excel":
            yield from excel_lines(spooled(incoming, EXCEL_BYTES_MAX), importing)
        case "parquet":
            yield from parquet_lines(spooled(incoming), importing)
        case _:
            text = Utf8(incoming, config.encoding)
            yield from _of_text(form, text, importing)
            importing.found["encoding"] = text.encoding or "utf-8"


def _of_text(form: Format, text: Utf8, importing: Importing) -> Lines:
    if importing.config.gives_content:
        yield from _content(form, text)
    elif form == "ndjson":
        yield from json_reading.ndjson_lines(text, importing)
    elif form == "json":
        yield from json_reading.json_lines(text, importing)
    else:
        yield from csv_reading.csv_lines(text, importing)


def _content(form: Format, text: Utf8) -> Iterator[tuple[int, bytes]]:
    """The document as one JSON value, in parts that the runner puts together."""
    if form == "json":
        content = encode(json_reading.document(text))
    else:
        try:
            content = encode(json_reading.whole(text, TEXT_BYTES_MAX).decode())
        except UnicodeDecodeError:
            raise TableRefused(
                "ENCODING_INVALID", f"Expected text in {text.encoding or 'utf-8'}, but some bytes are none."
            ) from None
        except ValueRefused as refused:
            raise TableRefused("TEXT_INVALID", refused.message) from None
    for start in range(0, len(content), PARTS_BYTES):
        yield 1, content[start : start + PARTS_BYTES]


def found_format(sample: bytes, name: str) -> Format:
    """The format of content by its signature, then by the ending of its name, then by how it begins."""
    if sample.startswith(b"PAR1"):
        return "parquet"
    if sample.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
        return "excel"
    ending = _ENDINGS.get(name.rpartition(".")[2].lower())
    if ending is not None and ending not in {"parquet", "excel"}:
        return ending
    begin = sample.removeprefix(b"\xef\xbb\xbf").lstrip()
    if begin.startswith(b"["):
        return "json"
    if begin.startswith(b"{"):
        first = begin.partition(b"\n")[0].strip()
        return "ndjson" if first.endswith(b"}") and first != b"{" and begin.count(b"\n") else "json"
    return "csv"
