"""Who did something: a member, a runner, or a part of the system."""

from __future__ import annotations

from enum import Enum
from uuid import UUID

import strawberry

from graphql_api.context import Info, read_id
from graphql_api.describe import about, enumeration, field, object_type
from graphql_api.values.shown import text
from graphql_api.workspaces.loaders import members_by_id


@enumeration
class ActorKind(Enum):
    """A member of the workspace, in person or through an API key; a runner that performs tasks; or a part of the system itself."""

    MEMBER = "member"
    RUNNER = "runner"
    SYSTEM = "system"


@object_type
class Actor:
    """Who did it."""

    kind: ActorKind = about("What kind of actor it was.")
    id: strawberry.ID = about("The member's id, or the name of the runner or part.")

    @field
    async def name(self, info: Info) -> str | None:
        """A member's name; null for all others, and where it is sealed."""
        member_id = read_id(self.id) if self.kind is ActorKind.MEMBER else None
        if member_id is None:
            return None
        member = await info.context.loader(members_by_id).load(member_id)
        return None if member is None else text(member.name)


_KINDS = {kind.value: kind for kind in ActorKind}


def show_actor(actor: str) -> Actor:
    """The actor of an envelope, as `member:<id>`."""
    kind, _, name = actor.partition(":")
    return Actor(kind=_KINDS.get(kind, ActorKind.SYSTEM), id=strawberry.ID(name or actor))


def show_member(member_id: UUID | None) -> Actor | None:
    """A member as an actor."""
    return None if member_id is None else Actor(kind=ActorKind.MEMBER, id=strawberry.ID(str(member_id)))
