"""`changeJobs`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain.jobs.standing import refuse_without_reason
from domain.refusals import Refusal
from event_store.units import StoreUnavailable
from graphql_api.answers import CommandRefused, refused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Context, Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.jobs.changing import NEED_REASON, JobChange, commands_for, would_change
from graphql_api.jobs.lists import KIND, JobFilter, read_filter
from graphql_api.jobs.mutations.answer import read_job_id
from graphql_api.limits import PAGE_ROWS_MAX
from graphql_api.paging import key_cursor, key_of
from graphql_api.refusals import ArgumentRefused, NothingChosen, StoreNotReached, TooManyJobs
from graphql_api.scalars import Cursor, Position
from projections.jobs import JobFilter as Filter
from projections.jobs import list_jobs

JOBS_MAX = 500
JOBS_DEFAULT = 100
AT_ONCE_MAX = 50
OPEN = ("PENDING", "IN_PROGRESS", "WAITING")


@input_type
class ChangeJobsInput:
    """What is to be done to which jobs: to those named, or to those of a filter, page by page."""

    change: JobChange = about("What is to be done to each.")
    job_ids: list[strawberry.ID] | None = about("The jobs, up to 500.", default=None)
    filter: JobFilter | None = about(
        "In their place: the jobs of a list, the newest first; without statuses, those that have not ended.",
        default=None,
    )
    first: int = about("Of a filter: how many jobs in this call, up to 500.", default=JOBS_DEFAULT)
    after: Cursor | None = about("Of a filter: go on behind this cursor of the call before.", default=None)
    reason: str | None = about("Why; it stands in the record of each job. Needed to end jobs.", default=None)
    dry_run: bool = about("Only tell what would be done and what refused; nothing is written.", default=False)
    command_id: str | None = about(
        "Repeated with the same id, no job is changed twice; what had not been reached is done.", default=None
    )


@object_type
class JobChangeOutcome:
    """What became of one job, or would."""

    job_id: strawberry.ID = about("The job.")
    changed: bool = about(
        "Whether it was changed, or would be; false where it stood as asked already, and where refused."
    )
    refusal: CommandRefused | None = about("Why it was refused.")


@object_type
class ChangeJobsSuccess:
    """What became of each job."""

    position: Position = about("The place of the last of what was written in the log.")
    outcomes: list[JobChangeOutcome] = about("In the order of the jobs.")
    changed: int = about("How many were changed, or would be.")
    refused: int = about("How many were refused, or would be.")
    has_next_page: bool = about("Of a filter: whether there are more jobs to go on with.")
    end_cursor: Cursor | None = about("Of a filter: `after` of the next call.")


ChangeJobsResult = Annotated[
    ChangeJobsSuccess | CommandRefused,
    strawberry.union("ChangeJobsResult", description="What became of each job, or why none was looked at."),
]


@dataclass(frozen=True, slots=True)
class _Chosen:
    jobs: list[UUID]
    has_more: bool = False
    end: Cursor | None = None


async def change_jobs(info: Info, input: ChangeJobsInput) -> ChangeJobsResult:  # noqa: A002 - the word of the API
    """Does the same to up to 500 jobs; each is changed or refused on its own. A dry run tells beforehand what would come of it."""
    context = info.context
    context.identity.require("job:repair")
    reason = said(input.reason)
    if input.change in NEED_REASON:
        refuse_without_reason(reason)
    chosen = await _choose(context, input)
    at, places = now(), asyncio.Semaphore(AT_ONCE_MAX)

    async def change(job_id: UUID) -> tuple[JobChangeOutcome, int]:
        async with places:
            return await _change(context, input, job_id, at, reason)

    changed = list(await asyncio.gather(*map(change, chosen.jobs)))
    outcomes = [outcome for outcome, _ in changed]
    return ChangeJobsSuccess(
        position=await context.show_position(max((position for _, position in changed), default=0)),
        outcomes=outcomes,
        changed=sum(outcome.changed for outcome in outcomes),
        refused=sum(outcome.refusal is not None for outcome in outcomes),
        has_next_page=chosen.has_more,
        end_cursor=chosen.end,
    )


async def _change(
    context: Context, asked: ChangeJobsInput, job_id: UUID, at: datetime, reason: Any
) -> tuple[JobChangeOutcome, int]:
    shown = strawberry.ID(str(job_id))
    try:
        if asked.dry_run:
            would = await would_change(context, asked.change, job_id, at, reason)
            return JobChangeOutcome(job_id=shown, changed=would, refusal=None), 0
        position = await _send(context, asked, job_id, at, reason)
    except Refusal as refusal:
        return JobChangeOutcome(job_id=shown, changed=False, refusal=refused(refusal)), 0
    except StoreUnavailable:
        return JobChangeOutcome(job_id=shown, changed=False, refusal=refused(StoreNotReached())), 0
    return JobChangeOutcome(job_id=shown, changed=position > 0, refusal=None), position


async def _send(context: Context, asked: ChangeJobsInput, job_id: UUID, at: datetime, reason: Any) -> int:
    """Sends the commands of one job; gives the last position written, 0 where it stood as asked. Refused only when all are."""
    if asked.command_id is not None:
        first = await _sender(context, asked, job_id).first_result(job_id)
        if first is not None:
            return first.position
    last, refusal = 0, None
    for number, command in enumerate(await commands_for(context, asked.change, job_id, at, reason)):
        # The first carries the command id: a call that is repeated finds the whole job done.
        sender = _sender(context, asked, job_id) if number == 0 else Sender(context, "changeJobs", asked.change)
        try:
            last = max(last, (await sender.send(command)).position)
        except Refusal as refused_:
            refusal = refused_
    if refusal is not None and not last:
        raise refusal
    return last


def _sender(context: Context, asked: ChangeJobsInput, job_id: UUID) -> Sender:
    command_id = None if asked.command_id is None else f"{asked.command_id}:{job_id}"
    return Sender(context, "changeJobs", [asked.change, asked.reason], command_id=command_id)


async def _choose(context: Context, asked: ChangeJobsInput) -> _Chosen:
    if (asked.job_ids is None) == (asked.filter is None):
        raise NothingChosen(found="neither" if asked.filter is None else "both")
    if asked.job_ids is not None:
        if not 1 <= len(asked.job_ids) <= JOBS_MAX:
            raise TooManyJobs(most=JOBS_MAX, count=len(asked.job_ids))
        return _Chosen(list(dict.fromkeys(map(read_job_id, asked.job_ids))))
    if not 1 <= asked.first <= JOBS_MAX:
        raise ArgumentRefused(expected=f"1 to {JOBS_MAX}", name="first", found=str(asked.first))
    chosen = await read_filter(context, asked.filter)
    if chosen == Filter(mode=chosen.mode):
        raise NothingChosen(found="an empty filter")
    return await _page(context, chosen, asked.first, asked.after)


async def _page(context: Context, chosen: Filter, first: int, after: Cursor | None) -> _Chosen:
    """The jobs of a filter, by as many pages of the list as it takes."""
    await context.seen(await context.api.system.reader.last_position())
    if chosen.statuses is None:
        chosen = replace(chosen, statuses=OPEN)
    jobs: list[UUID] = []
    begin = key_of(KIND, after)
    last, has_more = begin[0] if begin else None, True
    while has_more and len(jobs) < first:
        size = min(PAGE_ROWS_MAX, first - len(jobs))
        page = await list_jobs(context.api.system.views, context.workspace_id, chosen, first=size, after=last)
        jobs += [row.job_id for row in page.rows]
        last, has_more = page.rows[-1].position if page.rows else last, page.has_more
    return _Chosen(jobs, has_more=has_more, end=None if last is None else key_cursor(KIND, last))
