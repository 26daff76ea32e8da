"""Webhooks as the schema shows them: what calls start, and which started nothing."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from functools import cached_property

import strawberry

from domain.jobs.calling_back import CallbackTo
from domain.webhooks.events import WebhookPlan
from graphql_api.callbacks.given import JobEnd
from graphql_api.context import Info
from graphql_api.describe import about, enumeration, field, object_type
from graphql_api.jobs import lists as job_lists
from graphql_api.jobs import types as job_types
from graphql_api.jobs.runs import Failure, show_failure
from graphql_api.limits import PAGE_ROWS_DEFAULT
from graphql_api.log.actors import Actor, show_actor, show_member
from graphql_api.log.history_field import history_of
from graphql_api.paging import Connection, check_first, connection, key_cursor, key_of
from graphql_api.scalars import Cursor
from graphql_api.values.shown import Value, show_value, text
from graphql_api.workflows import types as workflow_types
from graphql_api.workflows.loaders import workflows_by_id
from projections.webhooks import WebhookRefusalRow, WebhookRow, list_webhook_refusals


@enumeration
class WebhookStatus(Enum):
    """How a webhook stands: it takes calls; callers are told to come again; or it was removed."""

    OPEN = "OPEN"
    PAUSED = "PAUSED"
    REMOVED = "REMOVED"


@object_type
class MappedTo:
    """Where the value of an input is found in the body of a call."""

    input: str = about("The name of the input.")
    path: list[str] = about("Names of fields, and numbers of items of lists; empty for the whole body.")


@object_type
class CallbackAddress:
    """An address that is told of the end of each job."""

    url: str = about("The address.")
    credential: str = about("The name of the credential that signs the call.")
    on: list[JobEnd] = about("At which ends it is called.")


@object_type
class WebhookRefusal:
    """A call, signed rightly, that started no job."""

    delivery_id: str = about("The id that its caller gave it.")
    at: datetime = about("When it was refused.")
    row: strawberry.Private[WebhookRefusalRow]

    @field
    def error(self, info: Info) -> Failure | None:
        """Why it started nothing."""
        return show_failure(info, self.row.error)


@object_type
class Webhook:
    """An address where other systems start jobs of a workflow, by calls that are signed as Standard Webhooks has it."""

    id: strawberry.ID = about("Its id.")
    name: str = about("Its name, unique in the workspace.")
    status: WebhookStatus = about("How it stands.")
    url: str = about("Where it is called: `POST` this path.")
    edition: int = about("Counts what people did to it: what a change expects as `expectedEdition`.")
    reason: str | None = about("Why it is paused or was removed, if that was said.")
    created_by: Actor = about("Who created it.")
    created_at: datetime = about("When it was created.")
    changed_at: datetime = about("When someone changed, paused, resumed or removed it last.")
    refused: int = about("How many calls that were signed rightly started nothing.")
    row: strawberry.Private[WebhookRow]

    @field
    async def workflow(self, info: Info) -> workflow_types.Workflow | None:
        """The workflow whose jobs it starts, on the version that is active then."""
        info.context.identity.require("workflow:read")
        row = await info.context.loader(workflows_by_id).load(self.row.workflow_id)
        return None if row is None else workflow_types.show_workflow(row)

    @field
    def on_behalf_of(self) -> Actor | None:
        """The member on whose behalf its jobs start: who created it or changed it last. One who leaves or may start no jobs any more has its calls refused."""
        return show_member(self.row.member_id)

    @field
    def credential(self) -> str:
        """The name of the credential whose secret callers sign with."""
        return self._plan.credential

    @field
    def mapping(self) -> list[MappedTo] | None:
        """What of the body becomes which input; null: each field whose name an input has."""
        plan = self._plan
        return (
            None if plan.mapping is None else [MappedTo(input=one.input, path=list(one.path)) for one in plan.mapping]
        )

    @field
    def inputs(self) -> list[Value]:
        """What every job is given alike."""
        return [show_value(name, None, value) for name, value in self._plan.inputs.items()]

    @field
    def title(self) -> str | None:
        """What its jobs are called."""
        return text(self._plan.title)

    @field
    def business_key(self) -> list[str] | None:
        """Where the body says what the job is about."""
        return None if self._plan.business_key is None else list(self._plan.business_key)

    @field
    def callbacks(self) -> list[CallbackAddress]:
        """Whom its jobs tell of their end."""
        return [show_address(callback) for callback in self._plan.callbacks]

    @field
    def bytes_max(self) -> int:
        """How large the body of a call may be."""
        return self._plan.bytes_max

    @field
    async def jobs(
        self, info: Info, first: int = PAGE_ROWS_DEFAULT, after: Cursor | None = None
    ) -> Connection[job_types.Job]:
        """The jobs that its calls started, the newest first."""
        chosen = job_lists.JobFilter(webhook_id=strawberry.ID(str(self.row.webhook_id)))
        return await job_lists.list_jobs_of(info.context, chosen, first, after, None)

    @field
    async def refusals(
        self, info: Info, first: int = PAGE_ROWS_DEFAULT, after: Cursor | None = None
    ) -> Connection[WebhookRefusal]:
        """The calls, signed rightly, that started nothing, the latest first. Others leave no trace but in the logs."""
        kind = f"refusals of {self.id}"
        begin = key_of(kind, after)
        page = await list_webhook_refusals(
            info.context.api.system.views,
            info.context.workspace_id,
            self.row.webhook_id,
            first=check_first(first),
            after=begin[0] if begin else None,
        )
        return connection(page, _show_refusal, lambda row: key_cursor(kind, row.version), after=after)

    history = history_of(lambda self: self.row.webhook_id)

    @cached_property
    def _plan(self) -> WebhookPlan:
        return WebhookPlan.model_validate(self.row.plan)


def show_webhook(row: WebhookRow) -> Webhook:
    """A webhook by its row."""
    return Webhook(
        id=strawberry.ID(str(row.webhook_id)),
        name=row.name,
        status=WebhookStatus(row.status),
        url=f"/hooks/{row.webhook_id}",
        edition=row.edition,
        reason=text(row.reason),
        created_by=show_actor(row.created_by),
        created_at=row.created_at,
        changed_at=row.changed_at,
        refused=row.refused,
        row=row,
    )


def show_address(callback: CallbackTo) -> CallbackAddress:
    """A callback that a start asks for."""
    return CallbackAddress(url=callback.url, credential=callback.credential, on=[JobEnd(end) for end in callback.on])


def _show_refusal(row: WebhookRefusalRow) -> WebhookRefusal:
    return WebhookRefusal(delivery_id=row.delivery_id, at=row.refused_at, row=row)
