"""`createWorkspace`."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import datetime
from typing import Annotated

import strawberry

from domain.ids import derive
from domain.workspaces.commands import IssueApiKey, Opener, OpenWorkspace
from domain.workspaces.permissions import permitted
from domain.workspaces.state import Opened, Workspace
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, new_id, now, said
from graphql_api.context import Context, Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.scalars import Position
from graphql_api.workspaces.mutations.issue_api_key import new_secret
from projections.workspaces import count_workspaces

PURPOSE = "workspace"


@input_type
class CreateWorkspaceInput:
    """A further workspace of the organization, and a first key to enter it."""

    name: str = about("Its name.")
    key_expires_at: datetime = about("When the key expires.")
    key_label: str | None = about("What the key is for.", default=None)
    command_id: str | None = about(
        "Repeated with the same name, the workspace is the same, and another key is given.", default=None
    )


@object_type
class CreateWorkspaceSuccess:
    """The workspace was opened. Who asked is its first admin; nobody else is in it."""

    workspace_id: strawberry.ID = about("The workspace.")
    key_id: strawberry.ID = about("The key.")
    key: str = about("The text of a key that acts as its first admin, shown here and never again.")
    position: Position = about("The place of what was written in the log: the key answers once it was reached.")


CreateWorkspaceResult = Annotated[
    CreateWorkspaceSuccess | CommandRefused,
    strawberry.union("CreateWorkspaceResult", description="The workspace that was opened, or why none was."),
]


async def create_workspace(info: Info, input: CreateWorkspaceInput) -> CreateWorkspaceResult:  # noqa: A002 - the word of the API
    """Opens a further workspace of the organization; for admins of the workspace that the organization began with. Nothing in it is seen from here."""
    context, at = info.context, now()
    identity = context.identity
    identity.require("workspace:open")
    sender, label = Sender(context, "createWorkspace", input), said(input.key_label)
    if input.command_id is not None:
        workspace_id = derive(identity.workspace_id, PURPOSE, f"{identity.member_id}:{input.command_id}")
    else:
        workspace_id = new_id(at)
    origin = dataclasses.replace(sender.origin, workspace=workspace_id)
    command = OpenWorkspace(
        at=at,
        workspace_id=workspace_id,
        asked_by=identity.member_id,
        organization_id=identity.organization_id,
        name=said(input.name),
        opener=await _opener(context),
        key_expires_at=input.key_expires_at,
    )
    await context.api.system.dispatch.send(command, origin)
    secret, at = new_secret(), now()
    key = IssueApiKey(
        at=at,
        workspace_id=workspace_id,
        asked_by=identity.member_id,
        key_id=new_id(at),
        member_id=identity.member_id,
        secret_sha256=hashlib.sha256(secret.encode()).hexdigest(),
        label=label,
        expires_at=input.key_expires_at,
    )
    issued = await context.api.system.dispatch.send(key, origin)
    await context.seen(issued.position)  # Keys are looked up in the read models.
    return CreateWorkspaceSuccess(
        workspace_id=strawberry.ID(str(workspace_id)),
        key_id=strawberry.ID(str(key.key_id)),
        key=f"opus_{key.key_id.hex}_{secret}",
        position=await context.show_position(issued.position),
    )


async def _opener(context: Context) -> Opener | None:
    """Who asks, as the log has it now."""
    identity = context.identity
    asked_in: Workspace
    asked_in, _ = await context.api.system.dispatch.load("workspace", identity.workspace_id, identity.workspace_id)
    member = asked_in.members.get(identity.member_id) if isinstance(asked_in, Opened) else None
    if member is None or not isinstance(asked_in, Opened):
        return None
    return Opener(
        workspace_id=identity.workspace_id,
        workspace_is_first=asked_in.opened_from is None,
        name=member.name,
        permissions=permitted(member.roles, identity.chosen),
        workspaces=await count_workspaces(context.api.system.views, identity.organization_id),
    )
