"""Values that user code leaves behind, made exact or refused with their place; nothing is rounded or guessed."""

import datetime as dt
import math
import re
from decimal import Decimal
from typing import Any

from pydantic_monty import MontyClassProxy

from domain.values import VALUE_LEVELS_MAX, WHOLE_NUMBER_MAX

NODES_MAX = 500_000
DECIMAL_DIGITS_MAX = 1000
STEPS_SHOWN_MAX = 6
DOUBTFUL_MAX = 100
# How the sandbox writes out what has no value of its own: a function, a list inside itself.
STAND_IN = re.compile(r"<.*>|\[\.\.\.\]|\{\.\.\.\}|\(\.\.\.\)", re.DOTALL)

Place = tuple[Any, str] | None
"""The place of a value: the place of what holds it, and the expression that leads on; None is the output itself."""


class OutputRefused(Exception):
    """A value that cannot leave the sandbox: where it stands, what was expected, what was found."""

    def __init__(self, place: str, expected: str, found: str, *, too_large: bool = False) -> None:
        super().__init__(f"Expected {expected} in {place}, but got {found}.")
        self.too_large = too_large


class ExactValue:
    """Turns one output into a value of the system while counting what it would take written out.

    Code can build a list that holds itself many times over in a few bytes; the count ends that before it is copied.
    Text that may be the sandbox's stand-in for something else is noted in `doubtful`, to be asked about: where it stands, and the
    expression of texts that must all be such (those of a place, or the keys of an object).
    """

    def __init__(self, name: str, bytes_max: int) -> None:
        self._name = name
        self._bytes_max = self._bytes_left = bytes_max
        self._nodes_left = NODES_MAX
        self.doubtful: dict[str, str] = {}

    def exact(self, value: Any, place: Place = None, levels: int = VALUE_LEVELS_MAX) -> Any:
        """The same value as text, number, boolean, null, list or object; decimals and dates become text."""
        self._count(place, 2)
        match value:
            case None | bool():
                return value
            case str():
                expression = self.expression(place) if _may_stand_in(value) else None
                return self._text(value, place, expression and f"[{expression}]")
            case int() | float() | Decimal():
                return self._number(value, place)
            case dt.date():
                return self._date(value, place)
            case _ if levels <= 0:
                raise self._refused(place, f"at most {VALUE_LEVELS_MAX} levels", "more", too_large=True)
            case list() | tuple():
                return [self.exact(item, (place, f"[{index}]"), levels - 1) for index, item in enumerate(value)]
            case dict():
                return {
                    self._key(key, place): self.exact(item, (place, f"[{key!r}]"), levels - 1)
                    for key, item in value.items()
                }
            case MontyClassProxy(is_dataclass=True):
                return {key: self.exact(item, (place, f".{key}"), levels - 1) for key, item in value.attributes.items()}
            case _:
                expected = "text, a number, a Decimal, a date, a list or an object"
                raise self._refused(place, expected, f"a {type(value).__name__}")

    def expression(self, place: Place) -> str:
        """The Python expression that reads this place, which also names it to a person."""
        steps: list[str] = []
        while place is not None:
            place, step = place
            steps.append(step)
        return self._name + "".join(reversed(steps))

    def _refused(self, place: Place, expected: str, found: str, *, too_large: bool = False) -> OutputRefused:
        shown, hidden = self.expression(place), place
        for _ in range(STEPS_SHOWN_MAX):
            hidden = hidden and hidden[0]
        if hidden:
            shown = f"{self._name}…{shown.removeprefix(self.expression(hidden))}"
        return OutputRefused(shown, expected, found, too_large=too_large)

    def _number(self, value: float | Decimal, place: Place) -> float | str:
        if isinstance(value, int):
            if abs(value) > WHOLE_NUMBER_MAX:
                raise self._refused(place, "a whole number within ±(2⁵³-1), or a Decimal", "a larger one")
            return value
        if not math.isfinite(value):
            raise self._refused(place, "a finite number", str(value))
        if isinstance(value, float):
            return value
        if abs(value.adjusted()) + len(value.as_tuple().digits) > DECIMAL_DIGITS_MAX:
            raise self._refused(place, f"at most {DECIMAL_DIGITS_MAX} digits", "more", too_large=True)
        return format(value, "f")

    def _date(self, value: dt.date, place: Place) -> str:
        if isinstance(value, dt.datetime) and value.utcoffset() is None:
            raise self._refused(place, "a date-time with an offset", "one without")
        return value.isoformat()

    def _key(self, key: Any, place: Place) -> str:
        if not isinstance(key, str):
            raise self._refused(place, "an object with text keys", f"a key that is a {type(key).__name__}")
        return self._text(key, place, self.expression(place) if _may_stand_in(key) else None)

    def _text(self, text: str, place: Place, doubtful: str | None) -> str:
        if "\0" in text or (not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)):
            raise self._refused(place, "Unicode text without U+0000", "other text")
        self._count(place, len(text))
        if doubtful is not None:
            if len(self.doubtful) >= DOUBTFUL_MAX and doubtful not in self.doubtful:
                raise self._refused(place, "text", "too many pieces that look like the sandbox's own marks")
            self.doubtful[doubtful] = self.expression(place)
        return text

    def _count(self, place: Place, size: int) -> None:
        self._nodes_left -= 1
        self._bytes_left -= size
        if self._bytes_left < 0 or self._nodes_left < 0:
            raise self._refused(place, f"at most {self._bytes_max} bytes", "more", too_large=True)


def _may_stand_in(text: str) -> bool:
    return text[:1] in ("<", "[", "{", "(") and STAND_IN.fullmatch(text) is not None
