"""Rules for variables that a task's configuration declares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from domain.kinds.contract import Finding
from domain.types import accepts, describe
from domain.variables import Variable


def declared_twice(part: str, variables: Sequence[Variable]) -> Iterator[Finding]:
    """Each name may be declared once, and a default must be of its variable's type."""
    for name, times in Counter(variable.name for variable in variables).items():
        if times > 1:
            yield Finding("DECLARED_TWICE", f"{part}.{name}", "each name declared once", f"it {times} times")
    for variable in variables:
        if variable.default is not None and not accepts(variable.type, variable.default.value):
            place = f"{part}.{variable.name}.default"
            yield Finding("DEFAULT_MISFIT", place, describe(variable.type), "a default of another type")
