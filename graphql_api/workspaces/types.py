"""Who asks, and the workspace with its members and keys."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from graphql_api.callbacks import lists as callback_lists
from graphql_api.callbacks import types as callback_types
from graphql_api.context import Info
from graphql_api.credentials import lists as credential_lists
from graphql_api.credentials import types as credential_types
from graphql_api.describe import about, enumeration, field, object_type
from graphql_api.external import queues as external_queues
from graphql_api.files import lists as file_lists
from graphql_api.files.queries import StoredFile
from graphql_api.identity import Identity
from graphql_api.jobs import lists as job_lists
from graphql_api.jobs import stuck
from graphql_api.jobs import types as job_types
from graphql_api.limits import PAGE_ROWS_DEFAULT
from graphql_api.log.actors import Actor, show_actor
from graphql_api.paging import Connection, check_first, connection, key_cursor, key_of
from graphql_api.reviews import lists as review_lists
from graphql_api.reviews import types as review_types
from graphql_api.scalars import Cursor, Position
from graphql_api.schedules import lists as schedule_lists
from graphql_api.schedules import types as schedule_types
from graphql_api.values.shown import text
from graphql_api.webhooks import lists as webhook_lists
from graphql_api.webhooks import types as webhook_types
from graphql_api.workflows import lists as workflow_lists
from graphql_api.workflows import types as workflow_types
from graphql_api.workspaces import budgets as budget_types
from graphql_api.workspaces import tools as tool_types
from projections.workspaces import ApiKeyRow, MemberRow, WorkspaceRow, find_workspace, list_api_keys, list_members

MEMBERS = "members"
KEYS = "API keys"


@enumeration
class Role(Enum):
    """What a member is: admin (all), builder (edit workflows, run jobs, review), operator (run jobs, review), reviewer (only what is assigned), auditor (read everything, change nothing)."""

    ADMIN = "admin"
    BUILDER = "builder"
    OPERATOR = "operator"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"


@object_type
class Member:
    """A member of a workspace."""

    id: strawberry.ID = about("The member's id.")
    name: str | None = about("The name; null where it is sealed.")
    roles: list[Role] = about("What the member is.")
    added_at: datetime = about("When the member was added.")
    removed_at: datetime | None = about("When the member left.")


@object_type
class ApiKey:
    """A key that acts as a member; its secret was shown once."""

    id: strawberry.ID = about("Its id.")
    member_id: strawberry.ID = about("The member it acts as.")
    label: str | None = about("What it is for.")
    permissions: list[str] | None = about("What it may do; null for all that the member may.")
    issued_at: datetime = about("When it was issued.")
    issued_by: Actor = about("Who issued it.")
    expires_at: datetime = about("When it expires.")
    revoked_at: datetime | None = about("When it was revoked.")


@object_type
class Workspace:
    """Where workflows, jobs and reviews live; the border of access."""

    id: strawberry.ID = about("Its id.")
    name: str | None = about("Its name; null where it is sealed.")
    opened_at: datetime = about("When it was opened.")

    @field
    async def workflows(
        self,
        info: Info,
        filter: workflow_lists.WorkflowFilter | None = None,  # noqa: A002 - the word of the API
        first: int = PAGE_ROWS_DEFAULT,
        after: Cursor | None = None,
        at_least_position: Position | None = None,
    ) -> Connection[workflow_types.Workflow]:
        """Its workflows, the newest first."""
        return await workflow_lists.list_workflows_of(info.context, filter, first, after, at_least_position)

    @field
    async def jobs(
        self,
        info: Info,
        filter: job_lists.JobFilter | None = None,  # noqa: A002 - the word of the API
        first: int = PAGE_ROWS_DEFAULT,
        after: Cursor | None = None,
        at_least_position: Position | None = None,
    ) -> Connection[job_types.Job]:
        """Its jobs, the newest first."""
        return await job_lists.list_jobs_of(info.context, filter, first, after, at_least_position)

    @field
    async def stuck_jobs(self, info: Info) -> list[stuck.StuckJob]:
        """Jobs that stand still though nothing says what they wait for, the first hundred: empty, unless something is broken or no runner is there."""
        return await stuck.stuck_jobs_of(info.context)

    @field
    async def external_queues(self, info: Info) -> list[external_queues.ExternalQueue]:
        """The queues in which tasks wait for workers or are held by them just now, by name."""
        return await external_queues.queues_of(info.context)

    @field
    async def reviews(
        self,
        info: Info,
        filter: review_lists.ReviewFilter | None = None,  # noqa: A002 - the word of the API
        first: int = PAGE_ROWS_DEFAULT,
        after: Cursor | None = None,
        at_least_position: Position | None = None,
    ) -> Connection[review_types.Review]:
        """Its reviews: with `filter.inbox` what waits for who asks, the first due first; else all, the newest first."""
        return await review_lists.list_reviews_of(info.context, filter, first, after, at_least_position)

    @field
    async def schedules(
        self,
        info: Info,
        filter: schedule_lists.ScheduleFilter | None = None,  # noqa: A002 - the word of the API
        first: int = PAGE_ROWS_DEFAULT,
        after: Cursor | None = None,
        at_least_position: Position | None = None,
    ) -> Connection[schedule_types.Schedule]:
        """Its schedules, the newest first."""
        return await schedule_lists.list_schedules_of(info.context, filter, first, after, at_least_position)

    @field
    async def credentials(
        self,
        info: Info,
        filter: credential_lists.CredentialFilter | None = None,  # noqa: A002 - the word of the API
        first: int = PAGE_ROWS_DEFAULT,
        after: Cursor | None = None,
        at_least_position: Position | None = None,
    ) -> Connection[credential_types.Credential]:
        """Its credentials, the newest first; never with their secrets."""
        return await credential_lists.list_credentials_of(info.context, filter, first, after, at_least_position)

    @field
    async def webhooks(
        self,
        info: Info,
        filter: webhook_lists.WebhookFilter | None = None,  # noqa: A002 - the word of the API
        first: int = PAGE_ROWS_DEFAULT,
        after: Cursor | None = None,
        at_least_position: Position | None = None,
    ) -> Connection[webhook_types.Webhook]:
        """Its webhooks, the newest first."""
        return await webhook_lists.list_webhooks_of(info.context, filter, first, after, at_least_position)

    @field
    async def callbacks(
        self,
        info: Info,
        statuses: list[callback_types.CallbackStatus] | None = None,
        first: int = PAGE_ROWS_DEFAULT,
        after: Cursor | None = None,
        at_least_position: Position | None = None,
    ) -> Connection[callback_types.Callback]:
        """Whom its jobs told of their end, and are to tell: all, or those that stand in one of these ways, the newest first."""
        return await callback_lists.list_callbacks_of_workspace(info.context, statuses, first, after, at_least_position)

    @field
    async def stored_files(
        self,
        info: Info,
        first: int = PAGE_ROWS_DEFAULT,
        after: Cursor | None = None,
        at_least_position: Position | None = None,
    ) -> Connection[StoredFile]:
        """Its stored files, the newest first."""
        return await file_lists.list_files_of(info.context, first, after, at_least_position)

    @field
    async def storage(self, info: Info, at_least_position: Position | None = None) -> file_lists.Storage:
        """How much it has stored, and how much it may."""
        return await file_lists.storage_of(info.context, at_least_position)

    @field
    async def budgets(self, info: Info) -> list[budget_types.Budget]:
        """How much of language models it and its workflows may use in a month; its own budget first."""
        return await budget_types.budgets_of(info.context)

    @field
    async def usage(
        self, info: Info, month: str | None = None, workflow_id: strawberry.ID | None = None
    ) -> list[budget_types.ModelUsage]:
        """What its runs used of language models in a month (UTC, like `2026-11`; this one if left out), the dearest first, at most a thousand."""
        return await budget_types.usage_of(info.context, month, workflow_id)

    @field
    async def tools(
        self, info: Info, credential: str | None = None, server: str | None = None
    ) -> list[tool_types.Tool]:
        """The tools of the server (MCP) that a credential reaches, or of one of `toolServers`: asked there, now."""
        return await tool_types.tools_of(info.context, credential, server)

    @field
    def tool_servers(self, info: Info) -> list[str]:
        """The tool servers that the owner of the platform lists, which tasks may start."""
        return tool_types.tool_servers_of(info.context)

    @field
    async def members(
        self,
        info: Info,
        first: int = PAGE_ROWS_DEFAULT,
        after: Cursor | None = None,
        with_removed: bool = False,  # noqa: FBT001, FBT002 - an argument of the API
        at_least_position: Position | None = None,
    ) -> Connection[Member]:
        """Its members, in the order they were added."""
        context = info.context
        context.identity.require("member:read")
        await context.at_least(at_least_position)
        begin, position = (key_of(MEMBERS, after) or (0,))[0], await context.views_position()
        page = await list_members(
            context.api.system.views,
            context.workspace_id,
            first=check_first(first),
            after=begin,
            with_removed=with_removed,
        )
        return connection(
            page, show_member, lambda row: key_cursor(MEMBERS, row.position), after=after, position=position
        )

    @field
    async def api_keys(
        self,
        info: Info,
        first: int = PAGE_ROWS_DEFAULT,
        after: Cursor | None = None,
        at_least_position: Position | None = None,
    ) -> Connection[ApiKey]:
        """Its API keys, in the order they were issued, the ended ones too."""
        context = info.context
        context.identity.require("key:manage")
        await context.at_least(at_least_position)
        begin, position = (key_of(KEYS, after) or (0,))[0], await context.views_position()
        page = await list_api_keys(
            context.api.system.views, context.workspace_id, first=check_first(first), after=begin
        )
        return connection(page, show_key, lambda row: key_cursor(KEYS, row.position), after=after, position=position)


@object_type
class Viewer:
    """Who asks: the member the API key acts as."""

    member_id: strawberry.ID = about("The member.")
    name: str | None = about("The member's name; null where it is sealed.")
    roles: list[Role] = about("What the member is.")
    permissions: list[str] = about("What the key may do.")
    key_id: strawberry.ID = about("The key used.")
    key_expires_at: datetime = about("When the key expires.")
    workspace_id: strawberry.ID = about("The workspace the key belongs to.")

    @field
    async def workspaces(self, info: Info) -> list[Workspace]:
        """The workspaces the key opens: today the one it belongs to."""
        context = info.context
        row = await find_workspace(context.api.system.views, context.workspace_id)
        return [] if row is None else [show_workspace(row)]


def show_viewer(identity: Identity) -> Viewer:
    """Who asks."""
    return Viewer(
        member_id=strawberry.ID(str(identity.member_id)),
        name=text(identity.member_name),
        roles=[Role(role) for role in identity.roles],
        permissions=sorted(identity.permissions),
        key_id=strawberry.ID(str(identity.key_id)),
        key_expires_at=identity.expires_at,
        workspace_id=strawberry.ID(str(identity.workspace_id)),
    )


def show_workspace(row: WorkspaceRow) -> Workspace:
    """A workspace by its row."""
    return Workspace(id=strawberry.ID(str(row.workspace_id)), name=text(row.name), opened_at=row.opened_at)


def show_member(row: MemberRow) -> Member:
    """A member by its row."""
    return Member(
        id=strawberry.ID(str(row.member_id)),
        name=text(row.name),
        roles=[Role(role) for role in row.roles],
        added_at=row.added_at,
        removed_at=row.removed_at,
    )


def show_key(row: ApiKeyRow) -> ApiKey:
    """An API key by its row."""
    return ApiKey(
        id=strawberry.ID(str(row.key_id)),
        member_id=strawberry.ID(str(row.member_id)),
        label=text(row.label),
        permissions=None if row.permissions is None else list(row.permissions),
        issued_at=row.issued_at,
        issued_by=show_actor(row.issued_by),
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
