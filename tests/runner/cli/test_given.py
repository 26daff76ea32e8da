"""Values as they are typed on the command line, read as the declared type has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer

from runner.cli.client import ApiClient
from runner.cli.given import read_given

TYPES = {
    "name": "str",
    "amount": "float",
    "price": "decimal",
    "sure": "bool",
    "when": "date",
    "lines": "array",
    "who": "object",
    "raw": "json_string",
    "scan": "file",
}


@pytest.fixture
def client() -> ApiClient:
    """An API that nobody asks: no value here is a file."""
    return ApiClient("http://127.0.0.1:9", "none")


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        ("name=Ada", "Ada"),
        ("name=a=b", "a=b"),
        ("name=", ""),
        ("name=@@home", "@home"),
        ("amount=12", 12),
        ("amount=12.5", 12.5),
        ("amount=much", "much"),
        ("amount=true", "true"),
        ("price=12.30", "12.30"),
        ("sure=true", True),
        ("sure=False", False),
        ("sure=perhaps", "perhaps"),
        ("when=2026-01-31", "2026-01-31"),
        ("lines=[1, 2]", [1, 2]),
        ('who={"name": "Ada"}', {"name": "Ada"}),
        ("raw=[1]", "[1]"),
        ("unknown=1", "1"),
        ("scan=none", "none"),
    ],
)
def test_a_text_is_read_as_its_type_has_it_and_what_does_not_fit_is_left_to_the_api(
    client: ApiClient, pair: str, value: Any
) -> None:
    assert read_given(client, [pair], TYPES, "input") == [
        {"name": pair.split("=", maxsplit=1)[0], "value": {"json": value}}
    ]


def test_a_value_is_read_from_a_file(client: ApiClient, tmp_path: Path) -> None:
    file = tmp_path / "lines.json"
    file.write_text('[{"net": "1.50"}]')
    assert read_given(client, [f"lines=@{file}"], TYPES, "input") == [
        {"name": "lines", "value": {"json": [{"net": "1.50"}]}}
    ]


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        (["name"], 'Expected --input as name=value, but got "name".'),
        (["=1"], 'Expected --input as name=value, but got "=1".'),
        (["name=a", "name=b"], "Expected one value for name, but got 2."),
        (["lines=[1,"], "Expected JSON for lines, but got"),
        (["name=@/nowhere"], "Expected a file after @, but /nowhere is none."),
        (["scan=@/nowhere"], "Expected a file after @, but /nowhere is none."),
    ],
)
def test_what_cannot_be_meant_is_wrong_use(client: ApiClient, pairs: list[str], sentence: str) -> None:
    with pytest.raises(typer.BadParameter) as refused:
        read_given(client, pairs, TYPES, "input")
    assert str(refused.value).startswith(sentence)
