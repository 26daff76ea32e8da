"""JSON and NDJSON: rows of a list or of lines, read piece by piece; a document as a whole."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import orjson

from domain.values import ValueRefused, decode, kind_of, value_at
from runner.actions.tables.bad_rows import CellRefused
from runner.actions.tables.encoding import Utf8
from runner.actions.tables.frames import TableRefused
from runner.actions.tables.importing import BATCH_ROWS, Importing, Lines
from runner.actions.tables.json_numbers import decoder_for, holds_decimals
from runner.actions.tables.value_rows import ValueRows

DOCUMENT_BYTES_MAX = 64 * 1024 * 1024
"""What is read as a whole: a document, or a list inside of one."""
ROW_BYTES_MAX = 16 * 1024 * 1024
DEPTH_SURE = 40
"""So many brackets in a row cannot be too deep."""
_LONG = re.compile(rb"[0-9.]{16}|[eE]-[0-9]{3}")
"""What may be a number with more digits than a double keeps, or a smaller one than it can be."""
_DOUBTFUL = re.compile(rb"\\u0000|[0-9]{16}")
"""What may be a text with U+0000, or a whole number out of bounds: looked at again."""


def ndjson_lines(text: Utf8, importing: Importing) -> Lines:
    """The rows of lines of JSON; blank lines are none."""
    made = ValueRows(importing.config.columns, importing.reading, importing.bad)
    decoder = decoder_for(importing.config.columns)
    exact = holds_decimals(importing.config.columns)
    number = 1
    for block in _blocks(text):
        lines = block.split(b"\n")
        if lines[-1] == b"":
            lines.pop()
        sure = _DOUBTFUL.search(block) is None and block.count(b"[") + block.count(b"{") < DEPTH_SURE * len(lines)
        by_digits = exact and _LONG.search(block) is not None
        decode_line = (lambda line: decoder.decode(line.decode())) if by_digits else orjson.loads
        for start in range(0, len(lines), BATCH_ROWS):
            some = lines[start : start + BATCH_ROWS]
            try:
                rows: list[Any] = [decode_line(line) for line in some]
            except (ValueError, RecursionError, TableRefused):
                sure_rows, numbers = _one_by_one(some, number + start, decode_line)
                for row, at in zip(sure_rows, numbers, strict=True):
                    yield made.lines([row], at, line=True)
                continue
            yield made.lines(rows, number + start, sure=sure, line=True)
        number += len(lines)


def json_lines(text: Utf8, importing: Importing) -> Lines:
    """The rows of a list: the whole text is one, or it stands in the document at `rows_at`."""
    made = ValueRows(importing.config.columns, importing.reading, importing.bad)
    decoder = decoder_for(importing.config.columns)
    if importing.config.rows_at:
        rows: Iterator[Any] = iter(_inside(_document(text, decoder), importing.config.rows_at))
    else:
        rows = _items(text, decoder)
    number, batch = 1, list[Any]()
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH_ROWS:
            yield made.lines(batch, number)
            number, batch = number + len(batch), []
    yield made.lines(batch, number)


def document(text: Utf8) -> Any:
    """The whole document as a value; raises TableRefused."""
    content = whole(text, DOCUMENT_BYTES_MAX)
    try:
        return decode(content, path="the document")
    except ValueRefused as refused:
        raise TableRefused("JSON_INVALID", refused.message) from None


def _document(text: Utf8, decoder: json.JSONDecoder) -> Any:
    """The document that rows stand in, which are checked one by one."""
    try:
        return decoder.decode(whole(text, DOCUMENT_BYTES_MAX).decode())
    except UnicodeDecodeError:
        raise TableRefused("ENCODING_INVALID", "Expected JSON in UTF-8, but some bytes are none.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise TableRefused("JSON_INVALID", f"Expected JSON, but got something else at {where}.") from None
    except RecursionError:
        raise TableRefused("JSON_INVALID", "Expected JSON that is not nested deeply, but it is.") from None
    except ValueError:
        raise _far_too_long() from None


def _far_too_long() -> TableRefused:
    # Python refuses to read a whole number of thousands of digits, and then nobody can tell where it ends.
    return TableRefused("JSON_INVALID", "Expected numbers of usual length, but one has thousands of digits.")


def whole(text: Utf8, bytes_max: int) -> bytes:
    """The whole text in UTF-8; raises TableRefused when it is larger."""
    pieces, size = list[bytes](), 0
    while piece := text.piece():
        size += len(piece)
        if size > bytes_max:
            raise TableRefused(
                "TOO_LARGE", f"Expected at most {bytes_max} bytes to be read as one, but there are more."
            )
        pieces.append(piece)
    return b"".join(pieces)


def _inside(value: Any, path: tuple[str, ...]) -> list[Any]:
    found = value_at(value, path)
    if not isinstance(found, list):
        place = ".".join(path)
        raise TableRefused("JSON_INVALID", f"Expected a list of rows at {place}, but got {kind_of(found)}.")
    return found


def _blocks(text: Utf8) -> Iterator[bytes]:
    """The text in pieces of whole lines."""
    held: list[bytes] = []
    size = 0
    while piece := text.piece():
        end = piece.rfind(b"\n") + 1
        if not end:
            held.append(piece)
            size += len(piece)
            if size > ROW_BYTES_MAX:
                raise TableRefused(
                    "ROW_TOO_LARGE", f"Expected lines of at most {ROW_BYTES_MAX} bytes, but one is longer."
                )
            continue
        yield b"".join([*held, piece[:end]])
        held, size = [piece[end:]] if end < len(piece) else [], len(piece) - end
    if held:
        yield b"".join(held)


def _one_by_one(lines: list[bytes], first: int, decode_line: Callable[[bytes], Any]) -> tuple[list[Any], list[int]]:
    """Lines of which one at least is no JSON: each as its row, or as why it is none."""
    rows: list[Any] = []
    numbers: list[int] = []
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        numbers.append(number)
        try:
            rows.append(decode_line(line))
        except (ValueError, RecursionError, TableRefused):
            rows.append(_why_not(line))
    return rows, numbers


def _why_not(line: bytes) -> Any:
    try:
        return decode(line, path="the row")
    except ValueRefused as refused:
        return CellRefused(refused.message)


def _items(text: Utf8, decoder: json.JSONDecoder) -> Iterator[Any]:
    """The items of a list, decoded one by one as the text comes in."""
    pieces = _texts(text)
    held = next(pieces, "").lstrip()
    if not held.startswith("["):
        found = "nothing" if not held else "an object" if held.startswith("{") else "something else"
        hint = ": say where the rows stand in it with rows_at" if held.startswith("{") else ""
        raise TableRefused("JSON_INVALID", f"Expected a list of rows, but the document is {found}{hint}.")
    place, after_item = 1, False
    while True:
        place = _skip(held, place)
        if place < len(held) and held[place] == "]":
            _refuse_more(held[place + 1 :], pieces)
            return
        if place < len(held) and after_item:
            if held[place] != ",":
                raise TableRefused(
                    "JSON_INVALID", "Expected a comma or the end of the list after a row, but got something else."
                )
            place, after_item = place + 1, False
            continue
        try:
            if place == len(held):
                raise IndexError
            item, end = decoder.raw_decode(held, place)
            if end == len(held):
                raise IndexError  # A number may go on.
        except (json.JSONDecodeError, IndexError, RecursionError) as error:
            piece = "" if isinstance(error, RecursionError) else next(pieces, "")
            if not piece or len(held) - place > ROW_BYTES_MAX:
                raise TableRefused(
                    "JSON_INVALID", f"Expected a list of rows, but it breaks off or is no JSON {_near(held, place)}."
                ) from None
            held, place = held[place:] + piece, 0
            continue
        except ValueError:
            raise _far_too_long() from None
        yield item
        place, after_item = end, True


def _refuse_more(held: str, pieces: Iterator[str]) -> None:
    for piece in chain([held], pieces):
        if piece.strip(" \t\r\n"):
            raise TableRefused("JSON_INVALID", "Expected nothing behind the list of rows, but there is something.")


def _texts(text: Utf8) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        while piece := text.piece():
            yield decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise TableRefused("ENCODING_INVALID", "Expected JSON in UTF-8, but some bytes are none.") from None


_BLANK = re.compile(r"[ \t\r\n]*")


def _skip(text: str, place: int) -> int:
    found = _BLANK.match(text, place)
    return place if found is None else found.end()


def _near(text: str, place: int) -> str:
    shown = "".join(each if each.isprintable() else " " for each in text[place : place + 40])
    return f"near {shown!r}" if shown else "at its end"
