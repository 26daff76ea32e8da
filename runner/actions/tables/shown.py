"""Values as a reader outside wants them: a file by name, size, type and hash, a cell of CSV as a text, no formula by accident."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from domain.values import BLOB, is_wrapper

_FORMULA_BEGINS = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")  # The second part: the first four in full width.
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)*(?:[eE][+-]?[0-9]+)?")


def shown(value: Any) -> Any:
    """A value with the files in it described instead of wrapped."""
    if isinstance(value, Mapping):
        content = value.get("content")
        if (
            value.keys() == {"name", "content"}
            and isinstance(content, dict)
            and is_wrapper(content)
            and BLOB in content
        ):
            return {"name": value["name"], **{key: content[BLOB].get(key) for key in ("type", "size", "hash")}}
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shown(item) for item in value]
    return value


def guarded(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula; a plain number is none."""
    return f"'{text}" if text.startswith(_FORMULA_BEGINS) and not _NUMBER.fullmatch(text) else text


def cell(value: Any, *, guard: bool) -> str:
    """A value as a field of CSV: nothing is empty, what is no text, number or boolean is JSON."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return guarded(value) if guard else value
        case int() | float():
            return json.dumps(value)
        case _:
            return json.dumps(shown(value), ensure_ascii=False, separators=(",", ":"))
