"""The verbs that run the system itself, or work on its database: `up`, its parts one by one, `key`, `migrate`."""

from __future__ import annotations

from typing import Annotated

import typer

from runner.cli.later import loaded


def up() -> None:
    """Run all parts, with the embedded database unless OPUS_DATABASE_URL names another; Ctrl-C stops all."""
    loaded("up").up()


def serve() -> None:
    """Run the API alone."""
    loaded("serve").serve()


def work() -> None:
    """Run a runner alone, which performs tasks; several share the jobs between them."""
    loaded("work").work()


def project() -> None:
    """Run a projector alone, which keeps the read models up to date; a second one stands by."""
    loaded("project").project()


def key(label: Annotated[str, typer.Option(help="What the key is for.")] = "admin key") -> None:
    """Make a new admin key in place of the one kept in OPUS_HOME, also when that is lost; needs the database, not the API."""
    loaded("up").make_key(label)


def migrate() -> None:
    """Bring the database to the tables of this build; `opus up` does it by itself."""
    loaded("up").migrate()
