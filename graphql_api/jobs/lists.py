"""Lists of jobs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from domain.jobs.labels import TAGS_MAX, words_of
from domain.jobs.state import JobStatus
from graphql_api.context import Context, read_id
from graphql_api.describe import about, input_type
from graphql_api.jobs.labels import JobPriority
from graphql_api.jobs.seeing import may_see
from graphql_api.jobs.types import Job, JobMode, show_job
from graphql_api.paging import Connection, check_first, connection, key_cursor, key_of
from graphql_api.refusals import ArgumentRefused
from graphql_api.scalars import Cursor, Position
from projections.jobs import JobFilter as Filter
from projections.jobs import list_jobs

KIND = "jobs"
NOBODY = UUID(int=0)


@input_type
class JobFilter:
    """Which jobs a list shows; what is left out does not restrict."""

    statuses: list[JobStatus] | None = about("Those that stand in one of these ways.", default=None)
    workflow_id: strawberry.ID | None = about("Those of one workflow.", default=None)
    version_number: int | None = about("Those that run on the version of this number.", default=None)
    mode: JobMode = about("Jobs, or previews; none of these for who does not edit workflows.", default=JobMode.JOB)
    started_by: strawberry.ID | None = about("Those a member started.", default=None)
    schedule_id: strawberry.ID | None = about("Those a schedule started.", default=None)
    webhook_id: strawberry.ID | None = about("Those that calls of a webhook started.", default=None)
    text: str | None = about(
        "Those whose title has all of these words; a word may be given by its beginning.", default=None
    )
    tags_all: list[str] | None = about("Those that have all of these tags.", default=None)
    tags_any: list[str] | None = about("Those that have one of these tags.", default=None)
    source: str | None = about("Those started so: api, schedule, webhook, or the name a client gave.", default=None)
    priority: JobPriority | None = about("Those of one priority.", default=None)
    business_key: str | None = about("Those about this, by the name other systems have for it.", default=None)
    parent_id: strawberry.ID | None = about("Those that another job started.", default=None)
    roots_only: bool = about("Only those that no other job started; a fork is one of them.", default=False)
    started_after: datetime | None = about("Those started after a moment.", default=None)
    started_until: datetime | None = about("Those started by a moment.", default=None)


async def list_jobs_of(
    context: Context, chosen: JobFilter | None, first: int, after: Cursor | None, at_least: Position | None
) -> Connection[Job]:
    """A page of the jobs of the workspace."""
    context.identity.require("job:read")
    await context.at_least(at_least)
    begin, position = key_of(KIND, after), await context.views_position()
    page = await list_jobs(
        context.api.system.views,
        context.workspace_id,
        await read_filter(context, chosen),
        first=check_first(first),
        after=begin[0] if begin else None,
    )
    return connection(page, show_job, lambda row: key_cursor(KIND, row.position), after=after, position=position)


async def read_filter(context: Context, chosen: JobFilter | None) -> Filter:
    """A filter as the read model takes it."""
    if chosen is None:
        return Filter()
    statuses = None if chosen.statuses is None else [status.value for status in chosen.statuses]
    reader = context.api.system.reader
    return Filter(
        statuses=statuses if may_see(context.identity, chosen.mode.value) else [],
        workflow_id=None if chosen.workflow_id is None else read_id(chosen.workflow_id) or NOBODY,
        workflow_version=chosen.version_number,
        mode=chosen.mode.value,
        started_by=_starter(chosen),
        words=_words(chosen.text),
        tags_all=_tags("tagsAll", chosen.tags_all),
        tags_any=_tags("tagsAny", chosen.tags_any),
        source=chosen.source,
        priority=None if chosen.priority is None else chosen.priority.value,
        business_key=chosen.business_key,
        parent_job_id=None if chosen.parent_id is None else read_id(chosen.parent_id) or NOBODY,
        roots_only=chosen.roots_only,
        after_position=None if chosen.started_after is None else await reader.position_at(chosen.started_after),
        up_to_position=None if chosen.started_until is None else await reader.position_at(chosen.started_until),
    )


def _starter(chosen: JobFilter) -> str | None:
    """Who started them, as envelopes name it; nobody is two of a member, a schedule and a webhook."""
    asked = {"member": chosen.started_by, "schedule": chosen.schedule_id, "webhook": chosen.webhook_id}
    named = [f"{kind}:{name}" for kind, name in asked.items() if name is not None]
    if not named:
        return None
    return named[0] if len(named) == 1 else ""


def _words(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    words = words_of(text)
    if not words and text.strip():
        raise ArgumentRefused(expected="words of letters or digits", name="text", found="none")
    return words or None


def _tags(name: str, tags: list[str] | None) -> list[str] | None:
    if tags is not None and len(tags) > TAGS_MAX:
        raise ArgumentRefused(expected=f"at most {TAGS_MAX} tags", name=name, found=str(len(tags)))
    return tags
