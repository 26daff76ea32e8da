"""`opus apply`: makes a workflow what a file says, with no more edits than that takes, and activates it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from domain.workflows.checks import Check
from domain.workflows.design import Design, read_design
from domain.workflows.differences import edits_between
from domain.workflows.editing import edit
from domain.workflows.portable import WorkflowFile
from graphql_api.workflow_files.parsing import Text
from runner.cli.check import check_design, sub_workflows
from runner.cli.client import REFUSED, ApiClient
from runner.cli.diff import tell_difference
from runner.cli.finding import find_workflow
from runner.cli.given_files import FileCannotBeUsed, draw_signed, read_given, tell_checks
from runner.cli.operations import as_given
from runner.cli.output import REFUSED_EXIT_CODE, console, errors, speaking
from runner.cli.standing import find_standing

_CHANGED = f"__typename ... on WorkflowChanged {{ workflowId position }} {REFUSED}"
_CREATE = f"mutation ($input: CreateWorkflowInput!) {{ createWorkflow(input: $input) {{ {_CHANGED} }} }}"
_EDIT = f"mutation ($input: EditWorkflowInput!) {{ editWorkflow(input: $input) {{ {_CHANGED} }} }}"
_REVISE = f"mutation ($input: ReviseWorkflowInput!) {{ reviseWorkflow(input: $input) {{ {_CHANGED} }} }}"
_ACTIVATE = f"mutation ($input: ActivateWorkflowInput!) {{ activateWorkflow(input: $input) {{ {_CHANGED} }} }}"
_STATE = """
query ($id: ID!, $position: Position) {
  workflow(id: $id, atLeastPosition: $position) {
    id
    eventVersion
    active { number design }
    draft { number design checks { code severity place expected found } }
  }
}
"""


def apply(
    file: Annotated[Path, typer.Argument(help="The workflow file.", show_default=False)],
    *,
    activate: Annotated[
        bool, typer.Option("--activate/--no-activate", help="Whether to activate what was changed.")
    ] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would change, and what the checks find.")
    ] = False,
    note: Annotated[
        str | None, typer.Option(help="What is to be said about the new version.", show_default=False)
    ] = None,
) -> None:
    """Create the workflow a file names, or edit it so that it equals the file, then activate it; checks are shown with their places."""
    with speaking() as client:
        given = draw_signed(client, read_given(file))
        wanted = given.wanted
        found = find_workflow(client, wanted.name)
        if found is not None and found["status"] == "ARCHIVED":
            raise FileCannotBeUsed(
                f"Expected a workflow in use, but {wanted.name} is archived; name another in {file}."
            )
        if dry_run:
            tell_difference(find_standing(client, wanted.name), given.design, wanted.name)
            blocked = tell_checks(check_design(given.design, sub_workflows(client, given.design)), given.text)
            console.print("nothing was changed")
            raise typer.Exit(REFUSED_EXIT_CODE if blocked and activate else 0)
        _apply(client, wanted, given.text, None if found is None else found["id"], note, activate=activate)


def _apply(
    client: ApiClient, wanted: WorkflowFile, text: Text, workflow_id: str | None, note: str | None, *, activate: bool
) -> None:
    state = _create(client, wanted) if workflow_id is None else _edit(client, wanted, _state(client, workflow_id, None))
    if state["draft"] is None:
        number = state["active"]["number"]
        console.print(f"{wanted.name} is as the file says already: version {number} is active, nothing was changed")
        return
    number = state["draft"]["number"]
    blocked = tell_checks([_check(one) for one in state["draft"]["checks"]], text)
    if not activate:
        console.print(f"version {number} is a draft")
    elif blocked:
        errors.print(
            f"Expected a workflow without errors to activate, but there are {blocked}; version {number} stays a draft."
        )
        raise typer.Exit(REFUSED_EXIT_CODE)
    else:
        activated = client.mutate(_ACTIVATE, workflowId=state["id"], expectedVersion=state["eventVersion"], note=note)
        _state(client, state["id"], activated["position"])  # So that what is asked next sees it.
        console.print(f"version {number} is active")


def _create(client: ApiClient, wanted: WorkflowFile) -> dict[str, Any]:
    made = client.mutate(_CREATE, name=wanted.name, operations=[as_given(one) for one in wanted.operations])
    state = _state(client, made["workflowId"], made["position"])
    design = read_design(state["draft"]["design"])
    console.print(f"{wanted.name} created: {len(design.tasks)} tasks, {len(design.edges)} edges")
    return state


def _edit(client: ApiClient, wanted: WorkflowFile, state: dict[str, Any]) -> dict[str, Any]:
    """Edits the draft, or a revision opened for it, until it equals the file; where it does already, nothing happens."""
    _, design = edit(Design(), wanted.operations)
    current = read_design((state["draft"] or state["active"])["design"])
    operations = edits_between(current, design, keep_places=True)
    events, _ = edit(current, operations)
    if not events:
        return state
    if state["draft"] is None:
        revised = client.mutate(_REVISE, workflowId=state["id"])
        console.print(f"version {state['active']['number']} stays active while it is revised")
        state = _state(client, state["id"], revised["position"])
    edited = client.mutate(
        _EDIT,
        workflowId=state["id"],
        expectedVersion=state["eventVersion"],
        operations=[as_given(one) for one in operations],
    )
    console.print(f"{wanted.name} edited: {len(events)} {'change' if len(events) == 1 else 'changes'}")
    return _state(client, state["id"], edited["position"])


def _state(client: ApiClient, workflow_id: str, position: str | None) -> dict[str, Any]:
    state: dict[str, Any] = client.query(_STATE, id=workflow_id, position=position)["workflow"]
    return state


def _check(shown: dict[str, Any]) -> Check:
    severity: Literal["error", "warning"] = "error" if shown["severity"] == "ERROR" else "warning"
    return Check(shown["code"], severity, shown["place"], shown["expected"], shown["found"])
