"""What can be asked of workflow files."""

from __future__ import annotations

from uuid import UUID

import strawberry

from domain.workflows.checks import Check as DomainCheck
from domain.workflows.comparing import compare
from domain.workflows.design import Design
from graphql_api.answers import RefusalDetail, show_detail
from graphql_api.context import Context, Info
from graphql_api.describe import about, field, object_type
from graphql_api.workflow_files.differences import VersionDifference, show_difference
from graphql_api.workflow_files.parsing import FAULTS_MAX
from graphql_api.workflow_files.reading import read_yaml
from graphql_api.workflow_files.standing import standing
from graphql_api.workflow_files.whole import WholeFile
from graphql_api.workflows.checks import Check, examine_draft, show_check
from graphql_api.workflows.naming import NOBODY, find_named
from graphql_api.workflows.types import Workflow, read_workflow


@object_type
class FileCheck:
    """A check of what a file draws, and where in the file it speaks of."""

    line: int = about("The line, from 1.")
    column: int = about("The column, from 1.")
    check: Check = about("The check.")


@object_type
class WorkflowFileChecked:
    """What is to be said of a workflow file; nothing was stored."""

    name: str | None = about("The workflow it names; null where it names none.")
    faults: list[RefusalDetail] = about(
        "What keeps it from being read or drawn, in the order of the file, with line and column; of more than 100 the first."
    )
    faults_total: int = about("How many there are.")
    checks: list[FileCheck] = about("What its builder is told of all that can be drawn, errors first.")
    checks_pending: int = about(
        "Of how many tasks the code is not looked at yet, so that `checks` may say more when asked again."
    )
    workflow: Workflow | None = about("The workflow of this name, which importing the file would have to change.")
    difference: VersionDifference | None = about(
        "What the file would change of that workflow's draft or, without one, of its active version; null without a workflow."
    )


@strawberry.type
class WorkflowFileQueries:
    """What can be asked of workflow files."""

    @field
    async def check_workflow_file(self, info: Info, yaml: str) -> WorkflowFileChecked:
        """Everything that is wrong with a workflow file, and what it would change; for editors and pipelines."""
        context = info.context
        context.identity.require("workflow:read")
        whole = await read_yaml(context, yaml)
        name = whole.wanted.name or None
        found = None if name is None else await find_named(context, name)
        told = await examine_draft(context, whole.design, found or NOBODY)
        return WorkflowFileChecked(
            name=name,
            faults=[show_detail(fault) for fault in whole.faults[:FAULTS_MAX]],
            faults_total=len(whole.faults),
            checks=[_placed(whole, one) for one in told.examined.checks],
            checks_pending=told.pending,
            workflow=None if found is None else await read_workflow(context, found),
            difference=None if found is None else await _difference(context, found, whole.design),
        )


def _placed(whole: WholeFile, one: DomainCheck) -> FileCheck:
    line, column = whole.text.mark(one.place)
    return FileCheck(line=line, column=column, check=show_check(one))


async def _difference(context: Context, workflow_id: UUID, design: Design) -> VersionDifference | None:
    before, number, _ = await standing(context, workflow_id)
    return None if before is None else show_difference(compare(before, design), number, None)
