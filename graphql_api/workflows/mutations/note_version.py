"""`noteVersion`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.workflows.commands import NoteVersion
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.workflows.mutations.answer import WorkflowChanged, read_workflow_id, workflow_changed


@input_type
class NoteVersionInput:
    """What is to be said about a version."""

    workflow_id: strawberry.ID = about("The workflow.")
    number: int = about("The number of the version.")
    note: str | None = about("What is to be said; null: nothing.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class NoteVersionSuccess(WorkflowChanged):
    """The note stands beside the version."""


NoteVersionResult = Annotated[
    NoteVersionSuccess | CommandRefused,
    strawberry.union("NoteVersionResult", description="The workflow with the note, or why there is none."),
]


async def note_version(info: Info, input: NoteVersionInput) -> NoteVersionResult:  # noqa: A002 - the word of the API
    """Says something about a version that was activated, in the place of what was said before."""
    info.context.identity.require("workflow:activate")
    command = NoteVersion(
        at=now(),
        workflow_id=read_workflow_id(input.workflow_id),
        number=input.number,
        note=said(input.note),
    )
    return await workflow_changed(
        NoteVersionSuccess, info.context, await Sender(info.context, "noteVersion", input).send(command)
    )
