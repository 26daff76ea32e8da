"""`opus workflow`: what becomes of a workflow as a whole."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from runner.cli.client import REFUSED
from runner.cli.finding import get_workflow
from runner.cli.output import console, speaking
from runner.cli.verb import Verb

_CHANGED = f"__typename ... on WorkflowChanged {{ workflowId workflow {{ draft {{ number }} }} }} {REFUSED}"
_REVISE = f"mutation ($input: ReviseWorkflowInput!) {{ reviseWorkflow(input: $input) {{ {_CHANGED} }} }}"
_ARCHIVE = f"mutation ($input: ArchiveWorkflowInput!) {{ archiveWorkflow(input: $input) {{ {_CHANGED} }} }}"

app = typer.Typer(no_args_is_help=True, help="Revise workflows and put them away.")

_Name = Annotated[str, typer.Argument(help="The workflow, by name or id.", show_default=False)]
_Reason = Annotated[str | None, typer.Option(help="Why; it stands in the record.", show_default=False)]


@app.command(cls=Verb)
def revise(name: _Name) -> None:
    """Open a new draft, copied from the active version, which keeps running jobs."""
    found, done = _change(_REVISE, name)
    number = f"version {done['workflow']['draft']['number']} of it" if done["workflow"] else "its next version"
    console.print(f"{found['name']} can be edited: {number} is a draft")


@app.command(cls=Verb)
def archive(name: _Name, reason: _Reason = None) -> None:
    """Put a workflow away: it is edited no more and starts no more jobs; jobs that run go on."""
    found, _ = _change(_ARCHIVE, name, reason=reason)
    console.print(f"{found['name']} is archived")


def _change(document: str, name: str, **given: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Changes the workflow that a person names; gives what it was, and what the change answered."""
    with speaking() as client:
        found = get_workflow(client, name)
        return found, client.mutate(document, workflowId=found["id"], **given)
