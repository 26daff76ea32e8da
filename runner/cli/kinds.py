"""`opus kinds`: the task kinds there are, and all about one of them."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from runner.cli.finding import NotFound
from runner.cli.output import console, print_table, speaking

_KINDS = """
query {
  taskKinds {
    name title help configuration routes guide example inputsFollow outputsFollow
    inputs { name } outputs { name }
  }
}
"""


def kinds(
    kind: Annotated[
        str | None, typer.Argument(help="A kind, by its name; else all are listed.", show_default=False)
    ] = None,
    *,
    example: Annotated[bool, typer.Option("--example", help="Only its example, a workflow file.")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Only the JSON Schema of its configuration.")] = False,
) -> None:
    """List the task kinds there are; of one, tell all: settings, inputs, outputs, routes, errors, and an example that runs."""
    with speaking() as client:
        known = client.query(_KINDS)["taskKinds"]
        found = None if kind is None else next((one for one in known if one["name"] == kind), None)
        if found is None and kind is not None:
            names = ", ".join(one["name"] for one in known)
            raise NotFound(f"Expected the name of a task kind ({names}), but there is no {kind}.")
    if found is None:
        print_table(("kind", "title", "does"), [(one["name"], one["title"], one["help"]) for one in known])
    elif schema:
        console.print(json.dumps(found["configuration"], indent=2))
    elif example:
        console.print(found["example"] or "", end="")
    else:
        console.print(found["guide"] or _summary(found))


def _summary(kind: dict[str, Any]) -> str:
    """What is known of a kind that has no page."""
    names = {name: ", ".join(one["name"] for one in kind[name]) or "none" for name in ("inputs", "outputs")}
    lines = [
        f"# {kind['title']}: `{kind['name']}`",
        kind["help"],
        f"settings: {', '.join(kind['configuration'].get('properties', {})) or 'none'}",
        f"inputs ({kind['inputsFollow'].lower()}): {names['inputs']}",
        f"outputs ({kind['outputsFollow'].lower()}): {names['outputs']}",
        f"routes: {', '.join([*kind['routes'], 'done', 'error'])}",
    ]
    return "\n".join(lines)
