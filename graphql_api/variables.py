"""How long the lists in the variables of one operation may be. Lists within a value of a user's are that value's own matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_operation_ast,
    is_leaf_type,
    type_from_ast,
)

LEAVES_MAX = 1_000
"""Ids, texts, numbers and names of an enumeration in one list."""
OBJECTS_MAX = 100_000
"""Input objects in one list: as many as one edit of a workflow may have operations."""


def lists_too_long(
    schema: GraphQLSchema, document: DocumentNode, operation: str | None, variables: Mapping[str, Any] | None
) -> list[GraphQLError]:
    """An error for each list of the variables that is longer than it may be."""
    if not variables or not _has_long_list(variables):
        return []
    asked = get_operation_ast(document, operation)
    errors: list[GraphQLError] = []
    for definition in (asked and asked.variable_definitions) or ():
        name = definition.variable.name.value
        declared = type_from_ast(schema, definition.type)
        for place, most, found in _too_long(declared, variables.get(name), f"${name}"):
            message = f"Expected at most {most} items in {place}, but it has {found}."
            errors.append(GraphQLError(message, definition, extensions={"code": "OPERATION_TOO_LARGE"}))
    return errors


def _has_long_list(variables: Mapping[str, Any]) -> bool:
    pending: list[Any] = [variables]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            if len(value) > LEAVES_MAX:
                return True
            pending.extend(value)
        elif isinstance(value, Mapping):
            pending.extend(value.values())
    return False


def _too_long(declared: Any, value: Any, place: str) -> Iterator[tuple[str, int, int]]:
    declared = _nullable(declared)
    if isinstance(declared, GraphQLList) and isinstance(value, list):
        items = _nullable(declared.of_type)
        most = LEAVES_MAX if is_leaf_type(items) else OBJECTS_MAX
        if len(value) > most:
            yield place, most, len(value)
        elif not is_leaf_type(items):
            for number, item in enumerate(value):
                yield from _too_long(items, item, f"{place}[{number}]")
    elif isinstance(declared, GraphQLInputObjectType) and isinstance(value, Mapping):
        for name, field in declared.fields.items():
            yield from _too_long(field.type, value.get(name), f"{place}.{name}")


def _nullable(declared: GraphQLInputType | None) -> Any:
    return declared.of_type if isinstance(declared, GraphQLNonNull) else declared
