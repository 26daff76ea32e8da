"""Builds inputs from what clients give: what their fields are called, and of which types, is found out once for each class.

The library finds it out anew for every value; with a hundred starts in one operation that took a fifth of the whole request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from typing import Any, TypeVar

from strawberry import UNSET
from strawberry.scalars import is_scalar
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryList, StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

Class = TypeVar("Class", bound=type)


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of an input: its names, its type, and what is known of that."""

    given_as: str
    name: str
    type: Any
    plain: bool  # its values are taken as they come
    input: type | None  # its values, or those in its list, are inputs with a plan
    many: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    """The fields of an input, and what those are that are not given and have no default."""

    fields: tuple[_Field, ...]
    absent: Mapping[str, None]


def built_by_plan(cls: Class) -> Class:
    """Has an input class built by its plan."""
    definition: StrawberryObjectDefinition = cls.__strawberry_definition__  # type: ignore[attr-defined]
    definition.from_input = _build
    return cls


def _build(cls: type, given: Mapping[str, Any], context: InputContext) -> Any:
    plan = _plan(cls, context)
    values: dict[str, Any] = dict(plan.absent)
    for each in plan.fields:
        if each.given_as in given:
            value = given[each.given_as]
            if each.plain:
                values[each.name] = value
            elif each.input is None or value is None or value is UNSET:
                values[each.name] = context.convert(value, each.type, each.given_as)
            elif each.many:
                values[each.name] = [_build(each.input, item, context) for item in value]
            else:
                values[each.name] = _build(each.input, value, context)
    return cls(**values)


_plans: dict[type, _Plan] = {}


def _plan(cls: type, context: InputContext) -> _Plan:
    plan = _plans.get(cls)
    if plan is None:
        definition: StrawberryObjectDefinition = cls.__strawberry_definition__  # type: ignore[attr-defined]
        plan = _plans[cls] = _Plan(
            fields=tuple(_field(field, definition, context) for field in definition.fields),
            absent={
                field.python_name: None
                for field in definition.fields
                if field.default_value is MISSING and field.default_factory is MISSING
            },
        )
    return plan


def _field(field: StrawberryField, definition: StrawberryObjectDefinition, context: InputContext) -> _Field:
    type_ = field.resolve_type(type_definition=definition)
    inner: Any = type_.of_type if type(type_) is StrawberryOptional else type_
    many = type(inner) is StrawberryList
    item = inner.of_type if many else inner
    of = getattr(item, "__strawberry_definition__", None)
    return _Field(
        given_as=context.config.name_converter.from_field(field),
        name=field.python_name,
        type=type_,
        plain=is_scalar(inner, context.scalar_registry) or isinstance(inner, StrawberryEnumDefinition),
        input=item if isinstance(of, StrawberryObjectDefinition) and of.from_input is _build else None,
        many=many,
    )
