"""`opus export`: the workflow file of a workflow at the server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from runner.cli.finding import get_workflow
from runner.cli.output import console, speaking
from runner.refused import Refused

_EXPORT = """
query ($id: ID!, $number: Int!, $named: Boolean!) {
  workflow(id: $id) {
    draft @skip(if: $named) { number yaml }
    active @skip(if: $named) { number yaml }
    version(number: $number) @include(if: $named) { number yaml }
  }
}
"""


class VersionNotFound(Refused):
    """Expected a version of the workflow, but there is none of this number."""


class FileIsThere(Refused):
    """Expected a file that is not there yet, but it is."""


def export(
    name: Annotated[str, typer.Argument(help="The workflow, by name or id.", show_default=False)],
    *,
    version: Annotated[
        int | None,
        typer.Option(
            help="The number of a version, in place of the open draft or, without one, the active version.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file to write, in place of standard output.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write a workflow as the file that `opus apply` takes."""
    with speaking() as client:
        found = get_workflow(client, name)
        shown: dict[str, Any] = client.query(_EXPORT, id=found["id"], number=version or 0, named=version is not None)[
            "workflow"
        ]
        exported = shown.get("version") if version is not None else shown["draft"] or shown["active"]
        if exported is None:
            raise VersionNotFound(
                f"Expected a version of {name}, but there is none{f' of number {version}' if version else ''}."
            )
        if output is None:
            console.out(exported["yaml"], end="", highlight=False)
            return
        if output.exists() and not force:
            raise FileIsThere(f"Expected a file that is not there yet, but {output} is; --force writes over it.")
        output.write_text(exported["yaml"], encoding="utf-8")
        console.print(f"version {exported['number']} of {found['name']} was written to {output}")
