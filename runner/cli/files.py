"""`opus files`: the content of stored files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import Annotated

import typer

from runner.cli.finding import NotFound
from runner.cli.later import loaded
from runner.cli.output import REFUSED_EXIT_CODE, console, speaking
from runner.cli.verb import Verb

_LINK = "query ($id: ID!, $seconds: Int!) { file(id: $id) { link(seconds: $seconds) { url } } }"

app = typer.Typer(no_args_is_help=True, help="Store and fetch files, and remove content that nothing refers to.")


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
        pieces = client.fetch(file if file.startswith("/") else f"/files/{file}")
        if to is None:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
        else:
            _write_whole(to, pieces)


@app.command(cls=Verb)
def put(
    path: Annotated[Path, typer.Argument(help="The file to store.", show_default=False, exists=True, dir_okay=False)],
) -> None:
    """Store a file; a large one is sent in parts, and goes on where it broke off. Shows its id."""
    with speaking() as client:
        console.print(client.upload(path)["id"])


@app.command(cls=Verb)
def link(
    file: Annotated[str, typer.Argument(help="Id of a stored file.", show_default=False)],
    seconds: Annotated[int, typer.Option(help="For how long it opens the file, at most a week.")] = 3_600,
) -> None:
    """Make a link that opens a file for whoever has it, without a key, until it expires."""
    with speaking() as client:
        found = client.query(_LINK, id=file, seconds=seconds)["file"]
        if found is None:
            raise NotFound(f'Expected the id of a stored file, but there is no "{file}".')
        console.print(f"{client.url}{found['link']['url']}")


@app.command(cls=Verb)
def collect(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    take_over: Annotated[
        bool,
        typer.Option("--take-over", help="Collect though another installation did before; no other may use the store."),
    ] = False,
) -> None:
    """Remove stored content that nothing refers to: first set aside, and removed a day later. Runners do so regularly by themselves."""
    if not loaded("collecting").collect_content(dry_run=dry_run, take_over=take_over):
        raise typer.Exit(REFUSED_EXIT_CODE)


def _write_whole(path: Path, pieces: Iterator[bytes]) -> None:
    """Writes a file wholly, or leaves what is there as it is; what is no file, as a pipe, is written to as it comes."""
    if path.exists() and not path.is_file():
        with path.open("wb") as target:
            target.writelines(pieces)
        return
    place = path.resolve()
    draft = place.with_name(f".{place.name}.{token_hex(8)}")
    try:
        with draft.open("xb") as target:
            target.writelines(pieces)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
