"""What a model is to give, and whether what it gave is that."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from domain.jobs.run import Usage
from domain.refusals import Detail
from domain.types import DecimalType, ListType, NumberType, ObjectField, ObjectType, ValueType, check, describe
from domain.types.json_schema import object_schema
from domain.values import ValueRefused, decode
from domain.variables import Variable

ANSWER_CHARACTERS_MAX = 4_000_000
DETAILS_TOLD_MAX = 20
DECIMAL_OF_NUMBER_DIGITS_MAX = 15
"""So many digits a number of JSON holds exactly, and may stand for a decimal."""

_FENCE = "```"

Rule = Callable[[Mapping[str, Any]], Sequence[Detail]]


def _no_rule(_: Mapping[str, Any]) -> Sequence[Detail]:
    return ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a model is to give: these outputs, and a rule beyond their types. `as_text`: one text, which the answer itself is."""

    outputs: tuple[Variable, ...]
    as_text: bool = False
    rule: Rule = _no_rule

    @property
    def schema(self) -> dict[str, Any]:
        """The outputs as JSON Schema, with what their builder says of them."""
        fields = tuple(ObjectField(name=one.name, type=one.type, required=one.required) for one in self.outputs)
        said = {one.name: text for one in self.outputs if (text := _said(one)) is not None}
        return object_schema(fields, said)


@dataclass(frozen=True, slots=True)
class Asked:
    """A model's answer as outputs, what is recorded of how it came to them, and what it used up."""

    outputs: dict[str, Any]
    evidence: dict[str, Any] = field(default_factory=dict)
    usage: Usage | None = None


class AnswerMisfit(Exception):
    """An answer is not what was wanted; the sentence is said to the model."""

    def __init__(self, details: Sequence[Detail], sentence: str | None = None) -> None:
        self.details = tuple(details)
        told = "; ".join(
            f"expected {one.expected} for {one.path}, but found {one.found}" for one in self.details[:DETAILS_TOLD_MAX]
        )
        self.sentence = sentence or f"The answer does not fit: {told}."
        super().__init__(self.sentence)


def read_answer(wanted: Wanted, text: str) -> dict[str, Any]:
    """The outputs that an answer gives; raises AnswerMisfit."""
    if wanted.as_text:
        outputs: dict[str, Any] = {wanted.outputs[0].name: text.strip()}
    else:
        outputs = _given(wanted.outputs, _decoded(text))
    details: list[Detail] = []
    for variable in wanted.outputs:
        value = outputs.get(variable.name)
        if value is not None:
            details += check(variable.type, value, variable.name)
        elif variable.required:
            details.append(Detail(variable.name, describe(variable.type), "nothing"))
    declared = {variable.name for variable in wanted.outputs}
    details += [Detail(name, "no such field", "one") for name in outputs if name not in declared]
    details += wanted.rule(outputs) if not details else ()
    if details:
        raise AnswerMisfit(details)
    return {name: value for name, value in outputs.items() if value is not None}


def _decoded(text: str) -> dict[str, Any]:
    try:
        found = decode(_unfenced(text), path="answer")
    except ValueRefused as refused:
        sentence = f"The answer is not JSON: expected {refused.expected}, but found {refused.found}."
        raise AnswerMisfit([Detail("answer", "JSON", "something else")], sentence) from None
    if not isinstance(found, dict):
        raise AnswerMisfit([Detail("answer", "an object", json.dumps(found)[:100])])
    return found


def _unfenced(text: str) -> str:
    """What stands between fences, where the whole answer does; in one pass, since some models go on with spaces for ever."""
    plain = text.strip()
    fence, _, rest = plain.partition("\n")
    is_fenced = fence.rstrip().lower() in (_FENCE, f"{_FENCE}json") and rest.endswith(_FENCE)
    return rest.removesuffix(_FENCE).strip() if is_fenced else plain


def _given(outputs: Sequence[Variable], found: Mapping[str, Any]) -> dict[str, Any]:
    declared = {variable.name: variable.type for variable in outputs}
    return {name: as_declared(declared.get(name), value) for name, value in found.items()}


def as_declared(declared: ValueType | None, value: Any) -> Any:
    """A value as its type has it, where a model says the same in another form: decimals as numbers, absent fields as null."""
    match declared:
        case DecimalType() if isinstance(value, int | float) and not isinstance(value, bool):
            exact = Decimal(repr(value))
            return format(exact, "f") if len(exact.as_tuple().digits) <= DECIMAL_OF_NUMBER_DIGITS_MAX else value
        case NumberType() if isinstance(value, float) and value.is_integer():
            return int(value) if abs(value) < 2**53 else value
        case ListType() if isinstance(value, list):
            return [as_declared(declared.items, item) for item in value]
        case ObjectType() if isinstance(value, dict) and declared.fields is not None:
            types = {each.name: each.type for each in declared.fields}
            return {name: as_declared(types.get(name), item) for name, item in value.items() if item is not None}
        case _:
            return value


def _said(variable: Variable) -> str | None:
    said = variable.description or variable.label
    return said if isinstance(said, str) and said.strip() else None
