"""Who did something: a member, a runner, or a part of the system."""

from __future__ import annotations

from enum import Enum
from uuid import UUID

import strawberry

from graphql_api.context import Info, read_id
from graphql_api.describe import about, enumeration, field, object_type
from graphql_api.schedules.loaders import schedules_by_id
from graphql_api.values.shown import text
from graphql_api.webhooks.loaders import webhooks_by_id
from graphql_api.workspaces.loaders import members_by_id


@enumeration
class ActorKind(Enum):
    """A member of the workspace, in person or through an API key; a schedule; a webhook that was called; a runner that performs tasks; or a part of the system itself."""

    MEMBER = "member"
    SCHEDULE = "schedule"
    WEBHOOK = "webhook"
    RUNNER = "runner"
    SYSTEM = "system"


@object_type
class Actor:
    """Who did it."""

    kind: ActorKind = about("What kind of actor it was.")
    id: strawberry.ID = about("The id of the member, schedule or webhook, or the name of the runner or part.")

    @field
    async def name(self, info: Info) -> str | None:
        """The name of a member, schedule or webhook; null for all others, and where it is sealed."""
        actor_id = read_id(self.id)
        if actor_id is None:
            return None
        match self.kind:
            case ActorKind.MEMBER:
                member = await info.context.loader(members_by_id).load(actor_id)
                return None if member is None else text(member.name)
            case ActorKind.SCHEDULE:
                schedule = await info.context.loader(schedules_by_id).load(actor_id)
                return None if schedule is None else schedule.name
            case ActorKind.WEBHOOK:
                webhook = await info.context.loader(webhooks_by_id).load(actor_id)
                return None if webhook is None else webhook.name
            case _:
                return None


_KINDS = {kind.value: kind for kind in ActorKind}


def show_actor(actor: str) -> Actor:
    """The actor of an envelope, as `member:<id>`."""
    kind, _, name = actor.partition(":")
    return Actor(kind=_KINDS.get(kind, ActorKind.SYSTEM), id=strawberry.ID(name or actor))


def show_known_member(member_id: UUID) -> Actor:
    """A member as an actor."""
    return Actor(kind=ActorKind.MEMBER, id=strawberry.ID(str(member_id)))


def show_member(member_id: UUID | None) -> Actor | None:
    """A member as an actor, if there is one."""
    return None if member_id is None else show_known_member(member_id)
