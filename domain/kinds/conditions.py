"""Conditions: source, operation, value; and whether they hold of a decision's inputs. Pure, so it can be re-examined.

Whether a condition in words holds is a model's judgement: it is told, and combined here with the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from domain.events import Recorded
from domain.kinds.contract import Finding
from domain.kinds.operations import ALONE, SUITABLE_BY_TYPE, Operation, compared_with, holds, operations_for
from domain.types import NoSuchField, ValueType, check, describe, fits, type_at
from domain.values import value_at
from domain.variables import Variable

CONDITIONS_MAX = 50
WORDS_CHARACTERS_MAX = 5_000

Combine = Literal["and", "or"]
NOTHING_JUDGED: Mapping[int, bool] = MappingProxyType({})


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


class WordsCondition(Recorded):
    """A condition in words, as "the customer complains of a late delivery", that a language model judges.

    It is shown what stands at `sources`, or all inputs where none are named.
    """

    words: str
    sources: tuple[PathText, ...] = ()


def _written_as(form: Any) -> str:
    named = form if isinstance(form, Mapping) else getattr(form, "__dict__", {})
    return "words" if "words" in named else "compared"


AnyCondition = Annotated[
    Annotated[Condition, Tag("compared")] | Annotated[WordsCondition, Tag("words")], Discriminator(_written_as)
]
"""A comparison, or a condition in words: told apart by what stands in them."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What the conditions came to: each on its own, and all combined."""

    conditions: tuple[bool, ...]
    final: bool


def written(form: Mapping[str, Any]) -> dict[str, Any]:
    """The form of a condition as a workflow file has it: paths with dots, where no step has one itself."""
    shown = {key: ".".join(part) if _is_plain_path(key, part) else part for key, part in form.items()}
    if "sources" in form:
        shown["sources"] = [".".join(path) if _is_plain_path("source", path) else path for path in form["sources"]]
    return shown


def in_words(conditions: Sequence[AnyCondition]) -> dict[int, WordsCondition]:
    """The conditions in words, by their place."""
    return {place: one for place, one in enumerate(conditions) if isinstance(one, WordsCondition)}


def renamed(condition: AnyCondition, old: str, new: str) -> AnyCondition:
    """The condition after an input was renamed; its words stay, since they are said to a reader."""
    if isinstance(condition, WordsCondition):
        sources = tuple((new, *path[1:]) if path[0] == old else path for path in condition.sources)
        return condition.model_copy(update={"sources": sources})
    paths = {"source": condition.source, "value_of": condition.value_of}
    uses = {part: (new, *path[1:]) for part, path in paths.items() if path is not None and path[0] == old}
    return condition.model_copy(update=uses)


def decide(
    conditions: Sequence[AnyCondition],
    combine: Combine,
    variables: Sequence[Variable],
    inputs: Mapping[str, Any],
    judged: Mapping[int, bool] = NOTHING_JUDGED,
) -> Decided:
    """Whether the conditions hold of the inputs; an input that has no value counts as null. Of those in words it is told (`judged`, by place)."""
    values = dict(inputs)
    results = tuple(
        judged[place] if isinstance(one, WordsCondition) else _holds(one, variables, values)
        for place, one in enumerate(conditions)
    )
    return Decided(results, all(results) if combine == "and" else any(results))


def findings(conditions: Sequence[AnyCondition], variables: Sequence[Variable]) -> Iterator[Finding]:
    """What keeps conditions from making sense for the declared inputs."""
    for number, condition in enumerate(conditions):
        if isinstance(condition, WordsCondition):
            yield from _of_words(number, condition, variables)
            continue
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


def _of_words(number: int, condition: WordsCondition, variables: Sequence[Variable]) -> Iterator[Finding]:
    place = f"conditions[{number}]"
    if not condition.words.strip():
        yield Finding("MISSING_CONFIGURATION", f"{place}.words", "a condition in words", "nothing")
    elif len(condition.words) > WORDS_CHARACTERS_MAX:
        expected = f"a condition of at most {WORDS_CHARACTERS_MAX} characters"
        yield Finding("PROMPT_TOO_LONG", f"{place}.words", expected, f"{len(condition.words)}")
    for at, path in enumerate(condition.sources):
        try:
            _type_at(path, variables)
        except (NoSuchField, KeyError) as error:
            yield _unknown(f"{place}.sources[{at}]", path, error)


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
