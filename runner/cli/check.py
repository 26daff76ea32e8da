"""`opus check`: everything that is wrong with a workflow file, without a server where it needs none."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from domain.workflows.checks import Check, OutsideFinding, check
from domain.workflows.design import Design, read_design
from domain.workflows.sub_workflows import SubWorkflow, SubWorkflows, executed_by, signature_of
from graphql_api.workflow_files.whole import WholeFile
from runner.cli.client import ApiClient, ApiUnreachable
from runner.cli.finding import find_workflow
from runner.cli.given_files import draw_signed, read_given, tell_checks
from runner.cli.output import REFUSED_EXIT_CODE, asking, console, errors, telling

_EXECUTED = "query ($id: ID!) { workflow(id: $id) { status active { number graphHash design } } }"


def check_file(file: Annotated[Path, typer.Argument(help="The workflow file.", show_default=False)]) -> None:
    """Say everything that is wrong with a workflow file, code and expressions included; a server is asked only for the workflows it executes."""
    with telling():
        given = read_given(file)
        subs: SubWorkflows | None = None
        if executed_by(given.design):
            given, subs = _with_executed(given)
        if errors_found := tell_checks(check_design(given.design, subs), given.text):
            count = "1 error" if errors_found == 1 else f"{errors_found} errors"
            errors.print(f"{file} draws {given.wanted.name}, but with {count} it could not be activated")
            raise typer.Exit(REFUSED_EXIT_CODE)
        design = given.design
        console.print(
            f"{file} draws {given.wanted.name}: {len(design.tasks)} tasks, {len(design.edges)} edges, no errors"
        )


def check_design(design: Design, subs: SubWorkflows | None) -> list[Check]:
    """All checks of a design, those of code and expressions included."""
    from runner.findings import open_findings  # noqa: PLC0415 - what it checks code with, with the first check

    async def findings() -> Sequence[OutsideFinding]:
        async with open_findings() as found:
            return (await found(design, None)).findings

    return check(design, asyncio.run(findings()), subs)


def sub_workflows(client: ApiClient, design: Design) -> SubWorkflows:
    """What the server knows of the workflows that a design executes; how deep they go is left to the activation."""
    return {name: _executed(client, name) for name in executed_by(design)}


def _with_executed(given: WholeFile) -> tuple[WholeFile, SubWorkflows | None]:
    try:
        with asking() as client:
            signed = draw_signed(client, given)
            return signed, sub_workflows(client, signed.design)
    except ApiUnreachable as unreachable:
        errors.print(f"not checked: the workflows that it executes ({unreachable})", style="yellow")
        return given, None


def _executed(client: ApiClient, name: str) -> SubWorkflow | str:
    found = find_workflow(client, name)
    if found is None:
        return "none of this name"
    shown: dict[str, Any] = client.query(_EXECUTED, id=found["id"])["workflow"]
    active = shown["active"]
    if active is None:
        return "an archived one" if shown["status"] == "ARCHIVED" else "a draft that was never active"
    return SubWorkflow(
        workflow_id=UUID(found["id"]),
        number=active["number"],
        graph=active["graphHash"],
        signature=signature_of(read_design(active["design"])),
    )
