"""What a scalar of a workflow file means: YAML 1.2's core schema, in which `no` and `1_000` are texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

TAG = "tag:yaml.org,2002:"

_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_NULL = re.compile(r"~|null|Null|NULL|")
_WHOLE = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_DOUBLE = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
PLAIN = tuple(
    (TAG + name, form) for name, form in (("null", _NULL), ("bool", _BOOLEAN), ("int", _WHOLE), ("float", _DOUBLE))
)
"""What a plain scalar is by its form, the first that fits; else a text."""


def tag_of(text: str) -> str:
    """The tag of a plain scalar."""
    return next((tag for tag, form in PLAIN if form.fullmatch(text)), TAG + "str")


def construct(tag: str, text: str) -> Any:
    """The value of a scalar; raises KeyError for a tag that JSON has nothing for, ValueError where the text is no such value."""
    return _CONSTRUCT[tag](text)


def _matching(form: re.Pattern[str], read: Callable[[str], Any]) -> Callable[[str], Any]:
    def matched(text: str) -> Any:
        if not form.fullmatch(text):
            raise ValueError(text)
        return read(text)

    return matched


_CONSTRUCT: dict[str, Callable[[str], Any]] = {
    TAG + "str": str,
    TAG + "null": _matching(_NULL, lambda _: None),
    TAG + "bool": _matching(_BOOLEAN, lambda text: text.lower() == "true"),
    TAG + "int": _matching(_WHOLE, lambda text: int(text, 0) if text[:2] in ("0x", "0o") else int(text)),
    TAG + "float": _matching(_DOUBLE, lambda text: float(text.lower().replace(".nan", "nan").replace(".inf", "inf"))),
}
