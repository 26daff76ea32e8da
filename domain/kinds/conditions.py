"""Conditions: source, operation, value; and whether they hold of a decision's inputs. Pure, so it can be re-examined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from domain.events import Recorded
from domain.kinds.contract import Finding
from domain.kinds.operations import ALONE, SUITABLE_BY_TYPE, Operation, compared_with, holds, operations_for
from domain.types import NoSuchField, ValueType, check, describe, fits, type_at
from domain.values import value_at
from domain.variables import Variable

CONDITIONS_MAX = 50

Combine = Literal["and", "or"]


def _steps(path: Any) -> Any:
    return path.split(".") if isinstance(path, str) else path


PathText = Annotated[
    tuple[str, ...], BeforeValidator(_steps, json_schema_input_type=str | tuple[str, ...]), Field(min_length=1)
]
"""An input and fields inside it, `("invoice", "total")`; in configurations also written `invoice.total`."""


class Condition(Recorded):
    """One comparison: of what stands at `source`, with a constant, or with what stands at `value_of`."""

    source: PathText
    operation: Annotated[Operation, Field(json_schema_extra={"x-operations": SUITABLE_BY_TYPE})]
    value: Any = None
    value_of: PathText | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What the conditions came to: each on its own, and all combined."""

    conditions: tuple[bool, ...]
    final: bool


def written(form: Mapping[str, Any]) -> dict[str, Any]:
    """The form of a condition as a workflow file has it: paths with dots, where no step has one itself."""
    return {key: ".".join(part) if _is_plain_path(key, part) else part for key, part in form.items()}


def renamed(condition: Condition, old: str, new: str) -> Condition:
    """The condition after an input was renamed."""
    paths = {"source": condition.source, "value_of": condition.value_of}
    uses = {part: (new, *path[1:]) for part, path in paths.items() if path is not None and path[0] == old}
    return condition.model_copy(update=uses)


def decide(
    conditions: Sequence[Condition], combine: Combine, variables: Sequence[Variable], inputs: Mapping[str, Any]
) -> Decided:
    """Whether the conditions hold of the inputs; an input that has no value counts as null."""
    values = dict(inputs)
    results = tuple(_holds(condition, variables, values) for condition in conditions)
    return Decided(results, all(results) if combine == "and" else any(results))


def findings(conditions: Sequence[Condition], variables: Sequence[Variable]) -> Iterator[Finding]:
    """What keeps conditions from making sense for the declared inputs."""
    for number, condition in enumerate(conditions):
        try:
            declared = _type_at(condition.source, variables)
        except (NoSuchField, KeyError) as error:
            yield _unknown(f"conditions[{number}].source", condition.source, error)
            continue
        if condition.operation not in operations_for(declared):
            expected = f"an operation that suits {describe(declared)} ({', '.join(operations_for(declared))})"
            yield Finding("OPERATION_MISFIT", f"conditions[{number}].operation", expected, condition.operation)
        elif condition.operation not in ALONE:
            yield from _of_other(number, condition, declared, variables)


def _is_plain_path(key: str, part: Any) -> bool:
    return key in ("source", "value_of") and isinstance(part, list) and not any("." in step for step in part)


def _of_other(
    number: int, condition: Condition, declared: ValueType | None, variables: Sequence[Variable]
) -> Iterator[Finding]:
    place = f"conditions[{number}]"
    wanted = compared_with(declared, condition.operation)
    if condition.value_of is None:
        if condition.value is None:
            yield Finding("MISSING_CONFIGURATION", f"{place}.value", "a value to compare with", "nothing")
            return
        for detail in check(wanted, condition.value, f"{place}.value"):
            yield Finding("TYPE_MISMATCH", detail.path, detail.expected, detail.found)
        return
    if condition.value is not None:
        yield Finding("MISSING_CONFIGURATION", place, "either a value or the input that holds it", "both")
    try:
        given = _type_at(condition.value_of, variables)
    except (NoSuchField, KeyError) as error:
        yield _unknown(f"{place}.value_of", condition.value_of, error)
        return
    if (misfit := fits(given, wanted)) is not None:
        yield Finding("TYPE_MISMATCH", f"{place}.value_of", describe(wanted), misfit)


def _unknown(place: str, path: tuple[str, ...], error: Exception) -> Finding:
    found = str(error) if isinstance(error, NoSuchField) else f"{path[0]}, which is none"
    return Finding("UNKNOWN_VARIABLE", place, "a declared input, or a field inside one", found)


def _holds(condition: Condition, variables: Sequence[Variable], values: dict[str, Any]) -> bool:
    declared = _type_at(condition.source, variables)
    other = condition.value if condition.value_of is None else value_at(values, condition.value_of)
    return holds(condition.operation, declared, value_at(values, condition.source), other)


def _type_at(path: tuple[str, ...], variables: Sequence[Variable]) -> ValueType | None:
    declared = {variable.name: variable.type for variable in variables}[path[0]]
    return type_at(declared, path[1:], path[0])
