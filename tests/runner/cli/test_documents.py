"""Every GraphQL document that the command line and the demonstration send fits the schema."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLError, build_schema, parse, validate

from graphql_api.schema import build_schema as our_schema

ROOT = Path(__file__).parents[3]
MODULES = [f"runner.cli.{path.stem}" for path in sorted((ROOT / "runner" / "cli").glob("[a-z]*.py"))]
SCHEMA = build_schema(our_schema().as_str())


def documents() -> Iterator[tuple[str, str]]:
    for module in [*MODULES, "examples.demo"]:
        for name, value in vars(importlib.import_module(module)).items():
            text = value.strip() if isinstance(value, str) and name.startswith("_") else ""
            if text.startswith(("query", "mutation", "subscription", "{")):
                yield f"{module}.{name}", text


@pytest.mark.parametrize(("name", "text"), list(documents()), ids=lambda value: value if "." in value[:40] else "")
def test_a_document_fits_the_schema(name: str, text: str) -> None:
    assert [error.message for error in validate(SCHEMA, parse(text))] == [], name


def test_documents_are_found() -> None:
    names = {name for name, _ in documents()}
    assert {"runner.cli.run._START", "runner.cli.apply._EDIT", "examples.demo._DECIDE"} <= names
    with pytest.raises(GraphQLError):
        parse("query {")
