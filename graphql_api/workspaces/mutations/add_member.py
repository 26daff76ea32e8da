"""`addMember`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from domain.workspaces.commands import AddMember
from domain.workspaces.events import MemberAdded
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, new_id, now, said
from graphql_api.context import Info
from graphql_api.describe import about, field, input_type, object_type
from graphql_api.scalars import Position
from graphql_api.workspaces.first_results import first_result
from graphql_api.workspaces.loaders import members_by_id
from graphql_api.workspaces.types import Member, Role, show_member


@input_type
class AddMemberInput:
    """Someone to become a member of the workspace."""

    name: str = about("The name.")
    roles: list[Role] = about("What the member will be; at least one.")
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class AddMemberSuccess:
    """The member was added."""

    member_id: strawberry.ID = about("The member.")
    position: Position = about("The place of what was written in the log: wait for it, or go on from it.")
    written_at: strawberry.Private[int]

    @field
    async def member(self, info: Info) -> Member | None:
        """The member; null only when the read models lag beyond the bound."""
        if not await info.context.seen(self.written_at):
            return None
        row = await info.context.loader(members_by_id).load(UUID(self.member_id))
        return None if row is None else show_member(row)


AddMemberResult = Annotated[
    AddMemberSuccess | CommandRefused,
    strawberry.union("AddMemberResult", description="The member that was added, or why not."),
]


async def add_member(info: Info, input: AddMemberInput) -> AddMemberResult:  # noqa: A002 - the word of the API
    """Adds a member to the workspace; a key for the member is issued apart."""
    context, at = info.context, now()
    context.identity.require("member:manage")
    member_id = new_id(at)
    command = AddMember(
        at=at,
        workspace_id=context.workspace_id,
        asked_by=context.identity.member_id,
        asked_with=context.identity.chosen,
        member_id=member_id,
        name=said(input.name),
        roles=tuple(role.value for role in input.roles),
    )
    receipt = await Sender(context, "addMember", input).send(command)
    if receipt.repeated:
        member_id = (await first_result(context, receipt, MemberAdded)).member_id
    position = await context.position_of(receipt)
    return AddMemberSuccess(
        member_id=strawberry.ID(str(member_id)),
        position=await context.show_position(position),
        written_at=position,
    )
