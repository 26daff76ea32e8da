"""One cell as its column is declared: a text read as a number, a date …, or a value of a library as one of ours; or the reason why not."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.refusals import expected_but
from domain.types import (
    BooleanType,
    DateType,
    DecimalType,
    JsonTextType,
    ListType,
    NumberType,
    ObjectType,
    TextType,
    ValueType,
    check,
    describe,
    read_decimal,
)
from domain.types.limits import DECIMAL_DIGITS_MAX
from domain.values import WHOLE_NUMBER_MAX, ValueRefused, check_value, decode, shorten
from runner.actions.tables.bad_rows import CellRefused
from runner.actions.tables.json_numbers import Written

BOOLEANS = {
    word: is_true
    for words, is_true in ((("true", "t", "yes", "y", "1"), True), (("false", "f", "no", "n", "0"), False))
    for text in words
    for word in (text, text.upper(), text.capitalize())
}
_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?) ?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How texts of a table are read: their decimal and group marks, and the clocks of times without an offset."""

    decimal_mark: str = "."
    group_mark: str | None = None
    time_zone: str = "UTC"


def read_text(declared: ValueType, text: str, reading: Reading, date_format: str | None = None) -> Any:
    """The value that a cell of text holds, checked against its type; raises CellRefused with the reason."""
    match declared:
        case TextType():
            value: Any = text
        case NumberType():
            value = _number(text, reading)
        case DecimalType():
            value = _decimal(text, reading)
        case BooleanType():
            value = BOOLEANS.get(text.strip())
            if value is None:
                raise _misfit("true or false", text)
        case DateType():
            value = read_moment(text.strip(), reading, date_format)
        case JsonTextType():
            value = text
        case ObjectType() | ListType():
            try:
                value = decode(text)
            except ValueRefused:
                raise _misfit(f"{describe(declared)} as JSON", text) from None
        case _:
            raise CellRefused(f"Expected {describe(declared)}, which no cell can hold.")
    return checked(declared, value)


def read_value(declared: ValueType, value: Any, reading: Reading, date_format: str | None = None) -> Any:
    """A value as a library gave it, as one of the declared type; raises CellRefused with the reason."""
    if isinstance(value, str) and not isinstance(declared, TextType | JsonTextType | ObjectType | ListType):
        return read_text(declared, value, reading, date_format)
    match declared:
        case TextType():
            converted: Any = value if isinstance(value, str) else _shown(value, reading)
        case NumberType() if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            converted = as_whole(value)
        case DecimalType() if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            converted = decimal_text(value)
        case BooleanType() if value in {0, 1} and isinstance(value, int | float):
            converted = bool(value)
        case DateType() if isinstance(value, date):
            converted = moment_text(value, reading)
        case JsonTextType():
            converted = value if isinstance(value, str) else json.dumps(plain(value, reading), ensure_ascii=False)
        case ObjectType() | ListType() if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
            return read_text(declared, value, reading)
        case _:
            converted = plain(value, reading)
    return checked(declared, converted)


def plain(value: Any, reading: Reading) -> Any:
    """A value as a library gave it, as one of ours: moments, decimals and ids are texts. Raises CellRefused for what has none."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return as_whole(value)
        case float():
            return None if math.isnan(value) else as_whole(value)
        case Decimal():
            return decimal_text(value)
        case date():
            return moment_text(value, reading)
        case time() | UUID():
            return str(value)
        case dict():
            return {str(key): plain(item, reading) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item, reading) for item in value]
        case bytes() | bytearray() | memoryview():
            raise CellRefused(f"Expected a value, but got {len(value)} bytes, which have no type here.")
        case _:
            return str(value)


def as_whole(number: float | Decimal) -> float:
    """A Number: whole where it is; raises CellRefused beyond what a double or a whole number can hold."""
    if isinstance(number, int):
        if abs(number) > WHOLE_NUMBER_MAX:
            raise CellRefused(f"Expected a whole number within ±(2^53-1), but got {number}.")
        return number
    if isinstance(number, Decimal):
        if number == number.to_integral_value() and abs(number) <= WHOLE_NUMBER_MAX:
            return int(number)
        number = float(number)
    if not math.isfinite(number):
        raise CellRefused("Expected a finite number, but got one that is infinite or no number.")
    return int(number) if number.is_integer() and abs(number) <= WHOLE_NUMBER_MAX else float(number)


def decimal_text(number: float | Decimal) -> str:
    """A Decimal as text; of a double as it was written, else the shortest that is read as it."""
    written = number.text if isinstance(number, Written) else repr(number)
    exact = number if isinstance(number, Decimal) else Decimal(written)
    if not exact.is_finite():
        raise CellRefused("Expected a finite decimal, but got one that is infinite or no number.")
    if abs(exact.adjusted()) > DECIMAL_DIGITS_MAX:
        raise CellRefused(f"Expected a decimal of at most {DECIMAL_DIGITS_MAX} digits, but got more.")
    text = format(exact, "f")
    return text[:-2] if isinstance(number, float) and text.endswith(".0") else text


def moment_text(value: date, reading: Reading) -> str:
    """A date, or a moment with its offset, as text; a moment without one is on the clocks of the time zone."""
    if not isinstance(value, datetime):
        return value.isoformat()
    moment = value if value.tzinfo is not None else value.replace(tzinfo=zone(reading.time_zone))
    return moment.isoformat()


def read_moment(text: str, reading: Reading, date_format: str | None) -> str:
    """The date or moment in a text as we write it."""
    try:
        if date_format is not None:
            moment = datetime.strptime(text, date_format)  # noqa: DTZ007 - the zone is given below
            with_time = any(each in date_format for each in ("%H", "%I", "%M", "%S"))
            return moment_text(moment if with_time else moment.date(), reading)
        found = _ISO.fullmatch(text)
        if found is not None:
            if found[2] is None:
                return date.fromisoformat(found[1]).isoformat()
            return moment_text(datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3] or ''}"), reading)
    except ValueError:
        pass
    expected = "a date like 2026-01-31" if date_format is None else f"a date as {date_format} has it"
    raise _misfit(expected, text)


@lru_cache(maxsize=16)
def zone(name: str) -> ZoneInfo | Any:
    """The zone of this name; UTC is the one that writes `+00:00` in any case."""
    return UTC if name == "UTC" else ZoneInfo(name)


def checked(declared: ValueType, value: Any) -> Any:
    """The value, if it is of the type; raises CellRefused."""
    try:
        check_value(value)
    except ValueRefused as refused:
        raise CellRefused(expected_but(refused.expected, refused.found)) from None
    for detail in check(declared, value, ""):
        place = detail.path.removeprefix(".")
        raise CellRefused(expected_but(f"{detail.expected} for {place}" if place else detail.expected, detail.found))
    return value


def _number(text: str, reading: Reading) -> float:
    plain_text = _unmarked(text, reading, _grammar(reading, exponent=True), "a number")
    try:
        number = float(plain_text) if set(plain_text) & set(".eE") else int(plain_text)
    except ValueError:
        raise _misfit("a number", text) from None
    return number


def _decimal(text: str, reading: Reading) -> str:
    plain_text = _unmarked(text, reading, _grammar(reading, exponent=False), "a decimal")
    sign = "-" if plain_text.startswith("-") else ""
    whole, point, digits = plain_text.lstrip("+-").partition(".")
    value = f"{sign}{whole.lstrip('0') or '0'}{point if digits else ''}{digits}"
    if read_decimal(value) is None:
        raise _misfit("a decimal", text)
    return value


def _unmarked(text: str, reading: Reading, grammar: re.Pattern[str], expected: str) -> str:
    trimmed = text.strip()
    if grammar.fullmatch(trimmed) is None:
        other = "," if reading.decimal_mark == "." else "."
        hint = (
            f": its decimal_mark is {reading.decimal_mark}"
            if other in trimmed and any(map(str.isdigit, trimmed))
            else ""
        )
        raise CellRefused(f'Expected {expected}, but got "{shorten(text)}"{hint}.')
    if reading.group_mark is not None:
        trimmed = trimmed.translate(_groups(reading.group_mark))
    return trimmed.replace(",", ".") if reading.decimal_mark == "," else trimmed


@lru_cache(maxsize=16)
def _grammar(reading: Reading, *, exponent: bool) -> re.Pattern[str]:
    mark = re.escape(reading.decimal_mark)
    groups = ""
    if reading.group_mark is not None:
        between = (
            "[ \u00a0\u202f]"
            if reading.group_mark == " "
            else "['\u2019]"
            if reading.group_mark == "'"
            else re.escape(reading.group_mark)
        )
        groups = rf"[0-9]{{1,3}}(?:{between}[0-9]{{3}})+|"
    power = "(?:[eE][+-]?[0-9]{1,3})?" if exponent else ""
    return re.compile(rf"[+-]?(?:(?:{groups}[0-9]+)(?:{mark}[0-9]*)?|{mark}[0-9]+){power}")


def _groups(mark: str) -> dict[int, None]:
    alike = {" ": " \u00a0\u202f", "'": "'\u2019"}.get(mark, mark)
    return dict.fromkeys(map(ord, alike))


def _shown(value: Any, reading: Reading) -> str:
    """A value as a text column has it: `12` and not `12.0`, `true` and not `True`."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return str(as_whole(value))
        case dict() | list():
            return json.dumps(plain(value, reading), ensure_ascii=False)
        case _:
            shown = plain(value, reading)
            return shown if isinstance(shown, str) else str(shown)


def _misfit(expected: str, text: str) -> CellRefused:
    return CellRefused(f'Expected {expected}, but got "{shorten(text)}".')


Read = Callable[[Any], Any]
