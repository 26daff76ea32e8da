"""Values and their one codec: what store, runner, projector and API read alike, or refuse alike.

A value is null, a boolean, a whole number within ±(2^53-1), a finite double, text without U+0000 and lone surrogates, a list, or
an object with text keys; at most 64 levels deep. Anything else is refused with its place, never altered.
"""

from __future__ import annotations

import json
import math
from typing import Any

from domain.refusals import Detail, Refusal

Value = Any
"""`None | bool | int | float | str | list[Value] | dict[str, Value]`, as `check_value` has it."""

WHOLE_NUMBER_MAX = 2**53 - 1
VALUE_LEVELS_MAX = 64
RECORD_LEVELS_MAX = VALUE_LEVELS_MAX + 16  # A record wraps values in the levels of its event and envelope.
SHOWN_CHARACTERS_MAX = 40
STEPS_SHOWN_MAX = 12
INDEX_DIGITS_MAX = 15

BLOB = "$blob"
SEALED = "$sealed"
_WRAPPERS = (BLOB, SEALED)


class ValueRefused(Refusal):
    """Expected {expected} for {path}, but got {found}."""

    def __init__(self, path: str, expected: str, found: str) -> None:
        self.path, self.expected, self.found = path, expected, found
        super().__init__(details=(Detail(path, expected, found),), path=path, expected=expected, found=found)


class _Doubled(dict[str, Any]):
    """An object in which one key stood twice; `check_value` refuses it where it stands."""

    key: str = ""


def decode(data: bytes | str, *, path: str = "the value", levels_max: int = VALUE_LEVELS_MAX) -> Value:
    """The value that a JSON text holds; raises ValueRefused for everything that is not exactly one value."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        found = f"something else at line {error.lineno}, column {error.colno}"
        raise ValueRefused(path, "JSON", found) from None
    except UnicodeDecodeError as error:
        raise ValueRefused(path, "JSON in UTF-8", f"another byte at offset {error.start}") from None
    except RecursionError:
        raise ValueRefused(path, _levels(levels_max), "more") from None
    except ValueError:  # Python refuses to read a number of thousands of digits.
        raise ValueRefused(path, _WHOLE, "a far longer one") from None
    check_value(value, path=path, levels_max=levels_max)
    return value


def encode(value: Value) -> bytes:
    """The value as compact JSON in UTF-8, keys in their own order; raises ValueRefused for what is no value."""
    check_value(value)
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def encode_canonical(value: Value, *, levels_max: int = VALUE_LEVELS_MAX) -> bytes:
    """Like `encode` with sorted keys: equal values give equal bytes, so that these can be hashed."""
    check_value(value, levels_max=levels_max)
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True).encode()


def check_value(value: object, *, path: str = "the value", levels_max: int = VALUE_LEVELS_MAX) -> None:
    """Raises ValueRefused, naming the place, unless this is a value; look-alikes (tuples, subclasses) are none."""
    _check(value, path, levels_max)


def escape(value: Value) -> Value:
    """A user's value as it is kept: each key that begins with `$` has one more, so that none can pass for a wrapper."""
    if isinstance(value, dict):
        return {f"${key}" if key.startswith("$") else key: escape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [escape(item) for item in value]
    return value


def unescape(value: Value) -> Value:
    """A kept value as its user gave it; wrappers stay as they are, unopened."""
    if isinstance(value, dict):
        if is_wrapper(value):
            return value
        return {key[1:] if key.startswith("$$") else key: unescape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unescape(item) for item in value]
    return value


def is_wrapper(value: Value) -> bool:
    """Whether this stands for a value kept elsewhere (`$blob`) or encrypted (`$sealed`)."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in _WRAPPERS


def value_at(value: Value, path: tuple[str, ...]) -> Value:
    """What stands at a path: fields of objects, and items of lists by their number from 0; None when absent or null."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and is_index(step):
            index = int(step)
            value = value[index] if index < len(value) else None
        else:
            return None
    return value


def is_index(step: str) -> bool:
    """Whether a step of a path is the number of a list's item."""
    return step.isascii() and step.isdigit() and len(step) <= INDEX_DIGITS_MAX and (step == "0" or step[0] != "0")


def kind_of(value: object) -> str:
    """What a value is, in words, for "but got …"."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return f"a Python {type(value).__name__}"


def shorten(text: str) -> str:
    """The beginning of a text, short enough for a sentence."""
    printable = "".join(character if character.isprintable() else "?" for character in text[:SHOWN_CHARACTERS_MAX])
    return printable if len(text) <= SHOWN_CHARACTERS_MAX else f"{printable}…"


_Place = str | tuple[Any, str | int]
_WHOLE = "a whole number within ±(2^53-1)"


def _levels(levels_max: int) -> str:
    return f"at most {levels_max} levels"


def _digits(number: int) -> str:
    # Turning a very long number into text is refused by Python itself, so its length is estimated from its bits.
    if number.bit_length() > 64:
        return f"a number of about {number.bit_length() * 3 // 10} digits"
    return str(number)


def _check(value: Any, place: _Place, levels_left: int) -> None:
    kind = type(value)
    if kind is str:
        _check_text(value, place)
    elif kind is dict or kind is list:
        _check_items(value, place, levels_left)
    elif kind is int:
        if not -WHOLE_NUMBER_MAX <= value <= WHOLE_NUMBER_MAX:
            raise ValueRefused(_text(place), _WHOLE, _digits(value))
    elif kind is float:
        if not math.isfinite(value):
            raise ValueRefused(_text(place), "a finite number", "one that is infinite or no number")
    elif kind is _Doubled:
        raise ValueRefused(_text(place), "each key once", f'the key "{shorten(value.key)}" twice')
    elif value is not None and kind is not bool:
        raise ValueRefused(_text(place), "a value that JSON has", kind_of(value))


def _check_items(value: dict[Any, Any] | list[Any], place: _Place, levels_left: int) -> None:
    if levels_left <= 0:
        raise ValueRefused(_text(place), "no more lists and objects inside each other", "another one")
    if isinstance(value, list):
        for index, item in enumerate(value):
            _check(item, (place, index), levels_left - 1)
        return
    for key, item in value.items():
        if type(key) is not str:
            raise ValueRefused(_text(place), "keys that are text", f"a key that is {kind_of(key)}")
        _check_text(key, (place, key))
        _check(item, (place, key), levels_left - 1)


def _text(place: _Place) -> str:
    # Written out only when something is refused: checking must cost little.
    steps: list[str] = []
    while not isinstance(place, str):
        place, step = place
        steps.append(f"[{step}]" if isinstance(step, int) else f".{shorten(step)}")
    if len(steps) > STEPS_SHOWN_MAX:
        steps[1 : len(steps) - STEPS_SHOWN_MAX + 1] = ["…"]
    return place + "".join(reversed(steps))


def _check_text(text: str, place: _Place) -> None:
    if "\0" in text:
        raise ValueRefused(_text(place), "text without U+0000", "one")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueRefused(_text(place), "Unicode text", "a lone surrogate") from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    doubled, seen = _Doubled(found), set[str]()
    for key, _ in pairs:
        if key in seen:
            doubled.key = key
        seen.add(key)
    return doubled


def _constant(name: str) -> Any:
    # NaN and the infinities are not JSON; as a float each is refused where it stands.
    return float(name)


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant)
