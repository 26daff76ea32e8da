"""Between the inputs of the schema and the domain's operations: read at the door, and shown so that they can be handed back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from pydantic import ValidationError
from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from domain.refusals import Detail
from domain.values import escape, shorten, unescape
from domain.workflows.design import Edge
from domain.workflows.operations import OPERATION, Operation
from graphql_api.refusals import OperationsRefused
from graphql_api.workflows.operations import EditOperation
from graphql_api.workflows.operations.parts import EdgeInput

DETAILS_MAX = 100
_JSON_FIELDS = frozenset({"config", "type", "value", "outputs"})
_ENUM_FIELDS = frozenset({"join", "on_error", "on_item_error", "backoff", "direction"})


def read_operations(given: Sequence[EditOperation]) -> tuple[Operation, ...]:
    """The domain's operations; all that cannot be one are refused together."""
    details: list[Detail] = []
    operations: list[Operation] = []
    for number, operation in enumerate(given):
        ((do, said),) = _given(operation).items()
        try:
            operations.append(OPERATION.validate_python({"do": do, **escape(said)}))
        except ValidationError as error:
            details += _details(f"operations[{number}].{to_camel_case(do)}", error)
    if details:
        raise OperationsRefused(count=len(details), details=tuple(details[:DETAILS_MAX]))
    return tuple(operations)


def read_edges(given: Sequence[EdgeInput]) -> tuple[Edge, ...]:
    """The domain's edges; all that cannot be one are refused together."""
    details: list[Detail] = []
    edges: list[Edge] = []
    for number, edge in enumerate(given):
        try:
            edges.append(Edge.model_validate(escape(_given(edge))))
        except ValidationError as error:
            details += _details(f"edges[{number}]", error, steps=0)
    if details:
        raise OperationsRefused(count=len(details), details=tuple(details[:DETAILS_MAX]))
    return tuple(edges)


def show_operation(form: Mapping[str, Any]) -> dict[str, Any]:
    """A domain operation's plain form as the input `EditOperation` takes it, so that it can be handed back."""
    said = {name: part for name, part in form.items() if name != "do"}
    return {to_camel_case(form["do"]): _shown(said)}


def _given(part: Any) -> Any:
    if dataclasses.is_dataclass(part) and not isinstance(part, type):
        fields = ((field.name, getattr(part, field.name)) for field in dataclasses.fields(part))
        return {name: _given(value) for name, value in fields if value is not UNSET}
    return part.value if isinstance(part, Enum) else part


def _shown(part: Any) -> Any:
    if isinstance(part, list | tuple):
        return [_shown(item) for item in part]
    if not isinstance(part, dict):
        return part
    shown: dict[str, Any] = {}
    for name, value in part.items():
        if name in _JSON_FIELDS:
            shown[to_camel_case(name)] = unescape(value)
        elif name in _ENUM_FIELDS:
            shown[to_camel_case(name)] = value.upper()
        else:
            shown[to_camel_case(name)] = _shown(value)
    return shown


def _details(place: str, error: ValidationError, steps: int = 1) -> list[Detail]:
    # So many steps lead only to the form.
    found: list[Detail] = []
    for one in error.errors(include_url=False, include_context=False):
        way = [to_camel_case(step) if isinstance(step, str) else f"[{step}]" for step in one["loc"][steps:]]
        path = ".".join([place, *way]).replace(".[", "[")
        found.append(Detail(path, one["msg"].removeprefix("Value error, "), shorten(repr(one["input"]))))
    return found
