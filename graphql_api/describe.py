"""Types and fields of the schema that take their descriptions from their docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar, dataclass_transform

import strawberry
from strawberry import UNSET
from strawberry.types.field import StrawberryField

from graphql_api.inputs import built_by_plan

Class = TypeVar("Class", bound=type)
EnumClass = TypeVar("EnumClass", bound=type[Enum])
Resolver = Callable[..., Any]


def sentence(documented: object) -> str:
    """The first paragraph of a docstring, on one line; a missing one is a mistake of ours."""
    text = inspect.getdoc(documented)
    if not text:
        raise TypeError(f"Expected {documented!r} to have a docstring, since it describes the schema, but it has none.")
    return " ".join(text.split("\n\n")[0].split())


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field, StrawberryField))
def object_type(cls: Class) -> Class:
    """An object type of the schema, described by its docstring."""
    return strawberry.type(cls, description=sentence(cls))


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field, StrawberryField))
def interface_type(cls: Class) -> Class:
    """An interface of the schema, described by its docstring."""
    return strawberry.interface(cls, description=sentence(cls))


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field, StrawberryField))
def input_type(cls: Class) -> Class:
    """An input of the schema, described by its docstring."""
    return built_by_plan(strawberry.input(cls, description=sentence(cls)))


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field, StrawberryField))
def one_of_input(cls: Class) -> Class:
    """An input of which exactly one field is given, described by its docstring."""
    return built_by_plan(strawberry.input(cls, one_of=True, description=sentence(cls)))


def enumeration(cls: EnumClass) -> EnumClass:
    """An enumeration of the schema, described by its docstring."""
    return strawberry.enum(cls, description=sentence(cls))


def field(resolver: Resolver) -> Any:
    """A computed field, described by the docstring of its resolver."""
    return strawberry.field(resolver, description=sentence(resolver))


def subscription(resolver: Resolver) -> Any:
    """A subscription, described by the docstring of its resolver."""
    return strawberry.subscription(resolver, description=sentence(resolver))


def about(description: str, **options: Any) -> Any:
    """A plain field with its description."""
    return strawberry.field(description=description, **options)


def optional(description: str) -> Any:
    """A field of an input that may be left out, which says nothing; null may mean something."""
    return about(description, default=UNSET)
