"""Whether a value is what its declared type says; every difference is named with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from domain.refusals import Detail
from domain.types.declared import (
    BooleanType,
    DateType,
    DecimalType,
    FilesType,
    FileType,
    JsonTextType,
    ListType,
    NumberType,
    ObjectType,
    TextType,
    ValueType,
    describe,
)
from domain.types.limits import pattern_of, read_decimal
from domain.values import BLOB, ValueRefused, decode, kind_of, shorten

DETAILS_MAX = 100

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2}))?", re.ASCII)


def check(declared: ValueType | None, value: Any, path: str) -> list[Detail]:
    """What is wrong with the value, at most `DETAILS_MAX` differences; nothing when it is of this type."""
    details: list[Detail] = []
    for detail in _differences(declared, value, path):
        details.append(detail)
        if len(details) == DETAILS_MAX:
            break
    return details


def accepts(declared: ValueType | None, value: Any) -> bool:
    """Whether the value is of this type."""
    return next(_differences(declared, value, ""), None) is None


def read_date(text: str) -> date | datetime | None:
    """The date (or date-time with offset) that a Date's text holds; else None, also for a moment that UTC has no year for."""
    if _DATE.fullmatch(text) is None:
        return None
    try:
        if len(text) == len("2026-01-31"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment


def _differences(declared: ValueType | None, value: Any, path: str) -> Iterator[Detail]:
    return iter(()) if declared is None else _CHECKS[declared.type](declared, value, path)


def _of_boolean(declared: BooleanType, value: Any, path: str) -> Iterator[Detail]:
    if not isinstance(value, bool):
        yield Detail(path, describe(declared), kind_of(value))


def _of_date(_: DateType, value: Any, path: str) -> Iterator[Detail]:
    if not isinstance(value, str) or read_date(value) is None:
        yield Detail(path, "an ISO 8601 date, or date-time with offset", _quoted(value))


def _of_files(declared: FilesType, value: Any, path: str) -> Iterator[Detail]:
    return _of_list(ListType(items=FileType(kinds=declared.kinds)), value, path)


def _of_text(declared: TextType, value: Any, path: str) -> Iterator[Detail]:
    if not isinstance(value, str):
        yield Detail(path, describe(declared), kind_of(value))
        return
    if declared.choices is not None and value not in declared.choices:
        yield Detail(path, f"one of {', '.join(_quoted(choice) for choice in declared.choices)}", _quoted(value))
    if declared.length_min is not None and len(value) < declared.length_min:
        yield Detail(path, f"text of at least {declared.length_min} characters", f"{len(value)}")
    if declared.length_max is not None and len(value) > declared.length_max:
        yield Detail(path, f"text of at most {declared.length_max} characters", f"{len(value)}")
    if declared.pattern is not None and not _is_as(declared.pattern, value):
        yield Detail(path, f"text as the pattern {declared.pattern} has it", _quoted(value))


def _is_as(pattern: str, value: str) -> bool:
    try:
        pattern_of(pattern).validate_python(value)
    except ValidationError:
        return False
    return True


def _of_number(declared: NumberType, value: Any, path: str) -> Iterator[Detail]:
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield Detail(path, describe(declared), kind_of(value))
        return
    if declared.minimum is not None and value < declared.minimum:
        yield Detail(path, f"a number of at least {declared.minimum}", f"{value}")
    if declared.maximum is not None and value > declared.maximum:
        yield Detail(path, f"a number of at most {declared.maximum}", f"{value}")


def _of_decimal(declared: DecimalType, value: Any, path: str) -> Iterator[Detail]:
    number = read_decimal(value) if isinstance(value, str) else None
    if number is None:
        yield Detail(path, 'a decimal as text like "12.30"', _quoted(value))
        return
    if declared.scale is not None and -int(number.as_tuple().exponent) > declared.scale:
        yield Detail(path, f"a decimal with at most {declared.scale} digits after the point", value)
    for bound, is_beyond, words in (
        (declared.minimum, -1, "at least"),
        (declared.maximum, 1, "at most"),
    ):
        if bound is not None and _compare(number, bound) == is_beyond:
            yield Detail(path, f"a decimal of {words} {bound}", value)


def _of_object(declared: ObjectType, value: Any, path: str) -> Iterator[Detail]:
    if not isinstance(value, dict):
        yield Detail(path, describe(declared), kind_of(value))
        return
    if declared.fields is None:
        return
    for field in declared.fields:
        found = value.get(field.name)
        if found is not None:
            yield from _differences(field.type, found, f"{path}.{field.name}")
        elif field.required:
            yield Detail(f"{path}.{field.name}", describe(field.type), "nothing")
    known = {field.name for field in declared.fields}
    for name in value:
        if name not in known:
            yield Detail(f"{path}.{shorten(name)}", "no such field", kind_of(value[name]))


def _of_list(declared: ListType, value: Any, path: str) -> Iterator[Detail]:
    if not isinstance(value, list):
        yield Detail(path, describe(declared), kind_of(value))
    elif declared.items is not None:
        for index, item in enumerate(value):
            yield from _differences(declared.items, item, f"{path}[{index}]")


def _of_file(declared: FileType, value: Any, path: str) -> Iterator[Detail]:
    if not _is_file(value):
        yield Detail(path, describe(declared), kind_of(value))
        return
    kind = value["content"][BLOB].get("type", "")
    if declared.kinds is not None and not any(_is_kind(kind, allowed) for allowed in declared.kinds):
        yield Detail(path, f"a file of {' or '.join(declared.kinds)}", shorten(str(kind)) or "a file of no kind")


def _is_file(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {"name", "content"} or not isinstance(value["name"], str):
        return False
    content = value["content"]
    return isinstance(content, dict) and content.keys() == {BLOB} and isinstance(content[BLOB], dict)


def _is_kind(kind: str, allowed: str) -> bool:
    return kind == allowed or (allowed.endswith("/*") and kind.startswith(allowed[:-1]))


def _of_json_text(_: JsonTextType, value: Any, path: str) -> Iterator[Detail]:
    if not isinstance(value, str):
        yield Detail(path, "text holding JSON", kind_of(value))
        return
    try:
        decode(value, path="it")
    except ValueRefused as refused:
        yield Detail(path, "text holding JSON", f"{refused.found} where {refused.expected} was expected")


def _quoted(value: Any) -> str:
    return f'"{shorten(value)}"' if isinstance(value, str) else kind_of(value)


def _compare(number: Decimal, bound: str) -> int:
    # The operators compare exactly; Decimal's arithmetic would round to the context's precision.
    limit = Decimal(bound)
    return (number > limit) - (number < limit)


_CHECKS: dict[str, Callable[[Any, Any, str], Iterator[Detail]]] = {
    "str": _of_text,
    "float": _of_number,
    "decimal": _of_decimal,
    "bool": _of_boolean,
    "date": _of_date,
    "object": _of_object,
    "array": _of_list,
    "file": _of_file,
    "array_files": _of_files,
    "json_string": _of_json_text,
}
