"""`opus query`: any GraphQL document, asked under the key the command line uses."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from domain.values import ValueRefused, decode
from runner.cli.output import REFUSED_EXIT_CODE, console, speaking


def query(
    document: Annotated[
        str, typer.Argument(help="A query or mutation; - reads it from standard input.", show_default=False)
    ],
    variables: Annotated[str, typer.Option(help="Its variables, as a JSON object.")] = "{}",
) -> None:
    """Send a GraphQL query or mutation and print its data as JSON. Exit code 1, too, when an answer says `__typename` CommandRefused."""
    given = _variables(variables)
    with speaking() as client:
        text = sys.stdin.read() if document == "-" else document
        data = client.query(text, **given)
        console.print(json.dumps(data, indent=2, ensure_ascii=False))
        if any(_is_refusal(answer) for answer in data.values()):
            raise typer.Exit(REFUSED_EXIT_CODE)


def _is_refusal(answer: Any) -> bool:
    return isinstance(answer, dict) and answer.get("__typename") == "CommandRefused"


def _variables(text: str) -> dict[str, Any]:
    try:
        given = decode(text, path="--variables")
    except ValueRefused as refused:
        raise typer.BadParameter(refused.message) from None
    if not isinstance(given, dict):
        raise typer.BadParameter("Expected --variables to be an object, but it is not.")
    return given
