"""Callbacks as the schema shows them: whom a job told of its end, and what came of each call."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from graphql_api.callbacks.given import JobEnd
from graphql_api.context import Info
from graphql_api.describe import about, enumeration, field, object_type
from graphql_api.jobs import types as job_types
from graphql_api.jobs.loaders import jobs_by_id
from graphql_api.jobs.runs import Failure, show_failure
from graphql_api.limits import PAGE_ROWS_DEFAULT
from graphql_api.log.history_field import history_of
from graphql_api.paging import Connection, check_first, connection, key_cursor, key_of
from graphql_api.references import JobReference
from graphql_api.scalars import Cursor
from projections.callbacks import CallbackAttemptRow, CallbackRow, list_callback_attempts


@enumeration
class CallbackStatus(Enum):
    """How a callback stands: it is to be made, it was taken, or it was given up."""

    DUE = "DUE"
    DELIVERED = "DELIVERED"
    GIVEN_UP = "GIVEN_UP"


@object_type
class CallbackAttempt:
    """One call that was made."""

    attempt: int = about("Its number, from 1.")
    at: datetime = about("When it was recorded.")
    status: int | None = about("The status of the answer; null where there was none.")
    seconds: float = about("How long it took.")
    next_at: datetime | None = about("When the call was to be made again.")
    row: strawberry.Private[CallbackAttemptRow]

    @field
    def error(self, info: Info) -> Failure | None:
        """Why it was not taken."""
        return show_failure(info, self.row.error)


@object_type
class Callback:
    """An address that is told of a job's end. Each call has the callback's id in its header webhook-id, however often it is made."""

    id: strawberry.ID = about("Its id.")
    job_id: strawberry.ID = about("The job that has ended.")
    url: str = about("The address.")
    credential: str = about("The name of the credential that signs the call.")
    outcome: JobEnd = about("How the job ended.")
    status: CallbackStatus = about("How it stands.")
    attempts: int = about("How often the call was made.")
    requested_at: datetime = about("When the job ended.")
    next_at: datetime | None = about("When the call is made next; null when it is not.")
    ended_at: datetime | None = about("When it was taken or given up.")
    last_status: int | None = about("The status of the last answer; null where there was none.")
    row: strawberry.Private[CallbackRow]

    @field
    async def job(self, info: Info) -> JobReference | None:
        """The job that has ended."""
        info.context.identity.require("job:read")
        row = await info.context.loader(jobs_by_id).load(self.row.job_id)
        return None if row is None else job_types.show_job(row)

    @field
    def last_error(self, info: Info) -> Failure | None:
        """Why the last call was not taken."""
        return show_failure(info, self.row.last_error)

    @field
    async def calls(
        self, info: Info, first: int = PAGE_ROWS_DEFAULT, after: Cursor | None = None
    ) -> Connection[CallbackAttempt]:
        """The calls that were made, the latest first."""
        kind = f"calls of {self.id}"
        begin = key_of(kind, after)
        page = await list_callback_attempts(
            info.context.api.system.views,
            info.context.workspace_id,
            self.row.callback_id,
            first=check_first(first),
            after=begin[0] if begin else None,
        )
        return connection(page, _show_attempt, lambda row: key_cursor(kind, row.attempt), after=after)

    history = history_of(lambda self: self.row.callback_id)


def show_callback(row: CallbackRow) -> Callback:
    """A callback by its row."""
    return Callback(
        id=strawberry.ID(str(row.callback_id)),
        job_id=strawberry.ID(str(row.job_id)),
        url=row.url,
        credential=row.credential,
        outcome=JobEnd(row.outcome),
        status=CallbackStatus(row.status),
        attempts=row.attempts,
        requested_at=row.requested_at,
        next_at=row.next_at,
        ended_at=row.ended_at,
        last_status=row.last_status,
        row=row,
    )


def _show_attempt(row: CallbackAttemptRow) -> CallbackAttempt:
    return CallbackAttempt(
        attempt=row.attempt,
        at=row.attempted_at,
        status=row.status,
        seconds=row.milliseconds / 1000,
        next_at=row.next_at,
        row=row,
    )
