"""`opus files`: the content of stored files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from runner.cli.output import speaking
from runner.cli.verb import Verb

app = typer.Typer(no_args_is_help=True, help="Fetch stored files.")


@app.command(cls=Verb)
def get(
    file: Annotated[
        str, typer.Argument(help="Id of a stored file, or the path that a value shows.", show_default=False)
    ],
    to: Annotated[
        Path | None,
        typer.Option("--to", "-o", help="A file to write; else it goes to standard output.", show_default=False),
    ] = None,
) -> None:
    """Fetch a stored file, by its id or by the path shown with a value."""
    with speaking() as client:
        content = client.fetch(file) if file.startswith("/") else client.download(file)
        if to is None:
            sys.stdout.buffer.write(content)
        else:
            to.write_bytes(content)
