"""The command `opus` with all its verbs."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated

import typer

from runner.cli import callbacks, credentials, files, keys, members, openapi, schedules, templates, webhooks, workflows
from runner.cli.apply import apply
from runner.cli.asking import query
from runner.cli.budgets import budget, usage
from runner.cli.change import cancel, give_up_held, pause, resume, retry_held
from runner.cli.check import check_file
from runner.cli.diff import diff
from runner.cli.export import export
from runner.cli.fork import fork
from runner.cli.jobs import history, jobs
from runner.cli.kinds import kinds
from runner.cli.output import console
from runner.cli.record import backup, rebuild, restore, verify
from runner.cli.repairs import give_up, retry
from runner.cli.reviews import decide, reviews
from runner.cli.run import run
from runner.cli.send import send
from runner.cli.system import key, migrate, project, serve, up, work
from runner.cli.tools import tools
from runner.cli.verb import Verb

DISTRIBUTION = "opus-workflows"
SYSTEM = "The system"
WORK = "Workflows, jobs, schedules and reviews"
REPAIR = "What an operator does"
PEOPLE = "People"
KEEPING = "The record"

app = typer.Typer(
    name="opus",
    help="Workflows that are designed once and run as many jobs, all of it on record. Settings are environment variables: "
    "docs/settings.md.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_VERBS: dict[str, dict[str, Callable[..., None]]] = {
    SYSTEM: {"up": up, "serve": serve, "work": work, "project": project, "key": key, "migrate": migrate},
    WORK: {
        "apply": apply,
        "check": check_file,
        "diff": diff,
        "export": export,
        "run": run,
        "jobs": jobs,
        "schedules": schedules.schedules,
        "credentials": credentials.credentials,
        "webhooks": webhooks.webhooks,
        "callbacks": callbacks.callbacks,
        "send": send,
        "reviews": reviews,
        "decide": decide,
        "kinds": kinds,
        "tools": tools,
        "usage": usage,
        "budget": budget,
        "query": query,
    },
    REPAIR: {
        "pause": pause,
        "resume": resume,
        "cancel": cancel,
        "retry": retry,
        "give-up": give_up,
        "retry-held": retry_held,
        "give-up-held": give_up_held,
        "fork": fork,
    },
    PEOPLE: {"members": members.members},
    KEEPING: {"history": history, "verify": verify, "rebuild": rebuild, "backup": backup, "restore": restore},
}
for _panel, _verbs in _VERBS.items():
    for _name, _verb in _verbs.items():
        app.command(_name, cls=Verb, rich_help_panel=_panel)(_verb)
app.add_typer(workflows.app, name="workflow", rich_help_panel=WORK)
app.add_typer(schedules.app, name="schedule", rich_help_panel=WORK)
app.add_typer(openapi.app, name="openapi", rich_help_panel=WORK)
app.add_typer(credentials.app, name="credential", rich_help_panel=WORK)
app.add_typer(webhooks.app, name="webhook", rich_help_panel=WORK)
app.add_typer(callbacks.app, name="callback", rich_help_panel=WORK)
app.add_typer(files.app, name="files", rich_help_panel=WORK)
app.add_typer(templates.app, name="templates", rich_help_panel=WORK)
app.add_typer(members.app, name="member", rich_help_panel=PEOPLE)
app.add_typer(keys.app, name="keys", rich_help_panel=KEEPING)


def _print_version(asked: bool) -> None:  # noqa: FBT001 - typer gives it by position
    if asked:
        console.print(version(DISTRIBUTION))
        raise typer.Exit


@app.callback()
def opus(
    *,
    show_version: Annotated[
        bool, typer.Option("--version", help="Show the version and leave.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Workflows that are designed once and run as many jobs, all of it on record."""


def main() -> None:
    """Runs the command line."""
    app()
