"""`opus openapi …`: the operations of a service from its OpenAPI document, and the task that calls one; no server is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from domain.kinds import KINDS
from domain.openapi import Document, Prefilled, prefill
from domain.workflows.file_types import written_variable
from graphql_api.openapi.reading import DOCUMENT_OF_FILE_BYTES_MAX, read_text
from graphql_api.workflow_files.printing import write_text
from runner.cli.output import console, errors, print_table, telling
from runner.refused import Refused

SUMMARY_CHARACTERS_MAX = 60

app = typer.Typer(no_args_is_help=True, help="Look at the OpenAPI document of a service, and write tasks that call it.")

_File = Annotated[Path, typer.Argument(help="The document, JSON or YAML.", show_default=False)]


class NoDocument(Refused):
    """Expected a file with an OpenAPI document, but it cannot be read."""


@app.command(name="list")
def list_(
    file: _File,
    words: Annotated[
        list[str] | None, typer.Argument(help="Only operations that hold these words.", show_default=False)
    ] = None,
) -> None:
    """List the operations of a service."""
    with telling():
        document = _read(file)
        wanted = [word.lower() for word in words or ()]
        found = [
            one
            for one in document.operations
            if all(
                word in f"{one.id} {one.method} {one.path} {one.summary} {' '.join(one.tags)}".lower()
                for word in wanted
            )
        ]
        if not found:
            console.print("No operations.")
            return
        rows = [(one.id, one.method, one.path, one.summary[:SUMMARY_CHARACTERS_MAX]) for one in found]
        print_table(("operation", "method", "path", "summary"), rows)


@app.command()
def task(
    file: _File,
    operation: Annotated[
        str, typer.Argument(help="Id of the operation, or its method and path: 'GET /orders'.", show_default=False)
    ],
    server: Annotated[
        str | None,
        typer.Option(help="The address of the service, where the document has another or none.", show_default=False),
    ] = None,
    credential: Annotated[
        str | None, typer.Option(help="The credential that the task names.", show_default=False)
    ] = None,
) -> None:
    """Write the task that calls an operation, as it stands in a workflow file under `tasks`; what is to be seen to is said beside it."""
    with telling():
        document = _read(file)
        made = prefill(document, document.operation(operation), server=server)
        typer.echo(written_task(made, credential), nl=False)
        for note in made.notes:
            errors.print(note)
        if made.credential is not None and credential is None:
            said = "".join(f", {name} {value}" for name, value in made.credential.values.items())
            errors.print(f"It asks for a credential of kind {made.credential.kind}{said}.")


def written_task(made: Prefilled, credential: str | None = None) -> str:
    """The task as text."""
    config: dict[str, Any] = KINDS["http"].written(made.configuration)
    declared = {
        part: {one["name"]: written_variable(one) for one in config.pop(part, ())} for part in ("inputs", "outputs")
    }
    named = {} if credential is None else {"credential": credential}
    written = {
        "kind": "http",
        "label": made.label,
        **config,
        **named,
        **{part: one for part, one in declared.items() if one},
    }
    return write_text({made.name: written})


def _read(file: Path) -> Document:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise NoDocument(f"Expected a file with an OpenAPI document in UTF-8, but {file} cannot be read so.") from None
    return read_text(text, bytes_max=DOCUMENT_OF_FILE_BYTES_MAX)
