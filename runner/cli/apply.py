"""`opus apply`: makes a workflow what a file says, with no more edits than that takes, and activates it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from domain.refusals import Detail
from domain.workflows.design import Design, read_design
from domain.workflows.differences import edits_between
from domain.workflows.editing import edit
from domain.workflows.portable import WorkflowFile, WorkflowFileRefused
from runner.cli.client import REFUSED, ApiClient
from runner.cli.faults import find_faults
from runner.cli.finding import find_workflow
from runner.cli.operations import as_given
from runner.cli.output import REFUSED_EXIT_CODE, console, errors, speaking
from runner.cli.signing import sign
from runner.cli.workflow_file import Text, read_file, read_text
from runner.refused import Refused

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


HINTS: Final = {"EXCLUSIVE_ROUTES": " Write `join: any` beside it if one of them is enough."}
"""What to write in the file, where that is plain from the check."""


class FileCannotBeApplied(Refused):
    """Expected a workflow file, but it cannot be read, or names a workflow that takes no edits any more."""


def apply(
    file: Annotated[Path, typer.Argument(help="The workflow file.", show_default=False)],
    *,
    activate: Annotated[
        bool, typer.Option("--activate/--no-activate", help="Whether to activate what was changed.")
    ] = True,
    note: Annotated[
        str | None, typer.Option(help="What is to be said about the new version.", show_default=False)
    ] = None,
) -> None:
    """Create the workflow a file names, or edit it so that it equals the file, then activate it; checks are shown with their places."""
    with speaking() as client:
        wanted, text = read_applicable(file)
        wanted = sign(client, wanted)
        found = find_workflow(client, wanted.name)
        if found is not None and found["status"] == "ARCHIVED":
            raise FileCannotBeApplied(
                f"Expected a workflow in use, but {wanted.name} is archived; name another in {file}."
            )
        _apply(client, wanted, text, None if found is None else found["id"], note, activate=activate)


def read_applicable(file: Path) -> tuple[WorkflowFile, Text]:
    """The workflow of a file that can be drawn as a whole; else every place of it that cannot is told at once."""
    try:
        wanted, text = read_file(file)
    except WorkflowFileRefused as refused:
        text = read_text(file.read_bytes(), str(file), file.parent)
        places = "\n".join(text.located(detail) for detail in refused.details)
        raise FileCannotBeApplied(f"{refused.message}\n{places}") from None
    if faults := find_faults(wanted):
        count = f"{len(faults)} things" if len(faults) > 1 else "one thing"
        faults.sort(key=lambda fault: text.mark(fault.place))
        places = "\n".join(f"{text.where(fault.place)}: {fault.sentence}" for fault in faults)
        raise FileCannotBeApplied(
            f"Expected tasks and links that can be drawn, but {count} of {file} cannot:\n{places}"
        )
    return wanted, text


def _apply(
    client: ApiClient, wanted: WorkflowFile, text: Text, workflow_id: str | None, note: str | None, *, activate: bool
) -> None:
    state = _create(client, wanted) if workflow_id is None else _edit(client, wanted, _state(client, workflow_id, None))
    if state["draft"] is None:
        number = state["active"]["number"]
        console.print(f"{wanted.name} is as the file says already: version {number} is active, nothing was changed")
        return
    number = state["draft"]["number"]
    blocked = _tell_checks(state["draft"]["checks"], text)
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


def _tell_checks(checks: list[dict[str, Any]], text: Text) -> int:
    """Says what the checks found, each with its line in the file; returns the number of errors."""
    for check in checks:
        hint = HINTS.get(check["code"], "")
        line = text.located(Detail(check["place"], check["expected"], check["found"])) + hint
        style = "red" if check["severity"] == "ERROR" else "yellow"
        errors.print(f"{check['severity'].lower()}: {line}", style=style)
    return sum(check["severity"] == "ERROR" for check in checks)
