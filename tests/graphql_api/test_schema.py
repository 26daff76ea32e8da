"""The schema as a document: committed, described, complete."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
    is_specified_scalar_type,
)

from domain.catalogue import EVENTS
from domain.workflows.operations import OPERATION
from graphql_api.log.summaries import SUMMARIES
from graphql_api.print_schema import printed_schema
from graphql_api.schema import build_schema

ROOT = Path(__file__).parents[2]


@cache
def schema() -> GraphQLSchema:
    """The schema as the library has it."""
    return build_schema()._schema


def types() -> Iterator[GraphQLNamedType]:
    """The types that are ours."""
    for type_ in schema().type_map.values():
        if not is_introspection_type(type_) and not is_specified_scalar_type(type_):
            yield type_


def test_the_printed_schema_is_the_committed_one() -> None:
    """`make schema` prints it."""
    assert (ROOT / "schema.graphql").read_text() == printed_schema()


def test_every_type_and_every_field_has_a_description() -> None:
    silent = [type_.name for type_ in types() if not type_.description]
    for type_ in types():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            silent += [f"{type_.name}.{name}" for name, field in type_.fields.items() if not field.description]
    assert silent == []


def test_every_mutation_takes_one_input_and_answers_with_success_or_refusal() -> None:
    mutations = schema().mutation_type
    assert mutations is not None
    for name, field in mutations.fields.items():
        title = f"{name[0].upper()}{name[1:]}"
        assert [(arg, str(given.type)) for arg, given in field.args.items()] == [("input", f"{title}Input!")]
        assert str(field.type) == f"{title}Result!"
        result = schema().type_map[f"{title}Result"]
        assert [member.name for member in getattr(result, "types")] == [f"{title}Success", "CommandRefused"]  # noqa: B009
        success, given_input = schema().type_map[f"{title}Success"], schema().type_map[f"{title}Input"]
        assert isinstance(success, GraphQLObjectType)
        assert "position" in success.fields
        assert isinstance(given_input, GraphQLInputObjectType)
        assert "commandId" in given_input.fields


def test_every_event_has_a_sentence() -> None:
    assert sorted(SUMMARIES) == sorted(EVENTS)


def test_every_operation_of_the_domain_can_be_asked_for() -> None:
    operations = schema().type_map["EditOperation"]
    assert isinstance(operations, GraphQLInputObjectType)
    known = OPERATION.json_schema()["discriminator"]["mapping"]
    assert sorted(_snake(name) for name in operations.fields) == sorted(known)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
