"""`opus keys …`: the keys that the secrets of credentials are sealed under."""

from __future__ import annotations

from typing import Annotated

import typer

from runner.cli.later import loaded
from runner.cli.output import REFUSED_EXIT_CODE
from runner.cli.verb import Verb

app = typer.Typer(no_args_is_help=True, help="Change the keys that secrets are sealed under.")


@app.command("list", cls=Verb)
def list_() -> None:
    """List the keys of OPUS_SECRETS_KEY by their ids, the newest last, with how many secrets each seals; needs the database."""
    loaded("ring").list_keys()


@app.command(cls=Verb)
def new() -> None:
    """Print a new key, to be put behind the others where OPUS_SECRETS_KEY takes them from."""
    loaded("ring").print_new_key()


@app.command(cls=Verb)
def rotate(
    *,
    reseal_only: Annotated[
        bool, typer.Option("--reseal-only", help="Make no new key: the newest is new already.")
    ] = False,
) -> None:
    """Add a new key and seal every secret anew under it, while everything goes on; may be cut off and repeated. Needs the database."""
    if not loaded("ring").rotate(reseal_only=reseal_only):
        raise typer.Exit(REFUSED_EXIT_CODE)
