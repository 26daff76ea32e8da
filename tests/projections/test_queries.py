"""What screens ask of the read models: filters, pages, and the border of the workspace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from domain.jobs.events import ItemsBegan, JobCompleted, TaskFailed, TaskStarted, TaskSucceeded, TaskWaitBegan
from domain.jobs.run import Facts, Failure, Parent, Run
from domain.reviews.events import ReviewClaimed, ReviewReleased, ReviewWithdrawn
from domain.workflows.events import WorkflowActivated
from domain.workspaces.events import ApiKeyIssued, MemberAdded, MemberRemoved, MemberRolesAssigned, WorkspaceOpened
from projections.files import find_file, list_files
from projections.jobs import (
    ForEachRow,
    JobFilter,
    JobRow,
    count_open_previews,
    find_for_each,
    find_job,
    find_job_task,
    list_job_items,
    list_job_tasks,
    list_jobs,
    tasks_of_jobs,
)
from projections.pages import PAGE_ROWS_MAX, Page, PageSizeRefused
from projections.reviews import (
    NEVER_DUE,
    ReviewFilter,
    ReviewRow,
    find_review,
    list_inbox,
    list_reviews,
    reviews_of_jobs,
)
from projections.views import Views
from projections.workflows import (
    WorkflowFilter,
    find_version,
    find_workflow,
    list_versions,
    list_workflows,
)
from projections.workspaces import (
    find_key_holder,
    find_members,
    find_organization,
    find_workspace,
    list_api_keys,
    list_members,
    list_workspaces,
)
from tests.conftest import Database
from tests.projections.stories import (
    AT,
    FILE,
    ORGANIZATION,
    accepted,
    rejected,
    requested,
    workflow,
    write_everything,
)
from tests.projections.written import (
    MEMBER,
    OTHER_WORKSPACE,
    WORKFLOW,
    WORKSPACE,
    Written,
    new_id,
    project_all,
    reading,
    started,
    writing,
)

pytestmark = pytest.mark.anyio

RUN = Run(task="a")
BEGAN = TaskStarted(run=RUN, bindings={})
ENDED = TaskSucceeded(run=RUN, outputs={"out": "x"}, facts=Facts(route="yes"))


@asynccontextmanager
async def shown(database: Database) -> AsyncIterator[tuple[Written, Views]]:
    """A log to write, and the read models of it."""
    async with writing(database) as log, reading(database) as views:
        yield log, views


async def test_jobs_are_listed_newest_first_page_by_page(database: Database) -> None:
    async with shown(database) as (log, views):
        jobs = [new_id() for _ in range(7)]
        for job_id in jobs:
            await log.write(job_id, started())
        await log.write(new_id(), started(), workspace=OTHER_WORKSPACE)
        await log.write(new_id(), started(mode="preview"))
        await project_all(database)
        seen: list[UUID] = []
        page: Page[JobRow] | None = None
        while page is None or page.has_more:
            page = await list_jobs(views, WORKSPACE, first=3, after=page.rows[-1].position if page else None)
            seen += [job.job_id for job in page.rows]
        assert seen == jobs[::-1]
        previews = await list_jobs(views, WORKSPACE, JobFilter(mode="preview"))
        assert [job.mode for job in previews.rows] == ["preview"]


@pytest.mark.parametrize("first", [0, -1, PAGE_ROWS_MAX + 1])
async def test_a_page_has_a_bounded_size(database: Database, first: int) -> None:
    async with reading(database) as views:
        with pytest.raises(PageSizeRefused, match=f"Expected a page of 1 to 100 rows, but {first} were asked for."):
            await list_jobs(views, WORKSPACE, first=first)


async def test_filters_of_jobs_mean_what_they_say(database: Database) -> None:
    random = Random(1)
    other = new_id()
    statuses: dict[str, tuple[Any, ...]] = {
        "PENDING": (),
        "IN_PROGRESS": (BEGAN,),
        "WAITING": (BEGAN, TaskWaitBegan(run=RUN, waits_for="message")),
        "COMPLETED": (BEGAN, ENDED, JobCompleted(outputs={})),
    }
    async with shown(database) as (log, views):
        for _ in range(30):
            told = {"workflow_id": random.choice((WORKFLOW, other)), "workflow_version": random.choice((1, 2))}
            events = statuses[random.choice(list(statuses))]
            await log.write(new_id(), started(**told), *events, actor=random.choice((MEMBER, other)))
        await project_all(database)
        everything = (await list_jobs(views, WORKSPACE, first=100)).rows
        assert {job.status for job in everything} == set(statuses)
        middle = everything[15].position
        for asked in (
            JobFilter(statuses=["WAITING", "IN_PROGRESS"]),
            JobFilter(statuses=[]),
            JobFilter(workflow_id=other),
            JobFilter(workflow_id=other, workflow_version=2, statuses=["COMPLETED"]),
            JobFilter(started_by=f"member:{MEMBER}"),
            JobFilter(after_position=middle),
            JobFilter(up_to_position=middle, statuses=["COMPLETED", "WAITING"]),
        ):
            expected = [
                job.job_id
                for job in everything
                if (asked.statuses is None or job.status in asked.statuses)
                and (asked.workflow_id is None or job.workflow_id == asked.workflow_id)
                and (asked.workflow_version is None or job.workflow_version == asked.workflow_version)
                and (asked.started_by is None or job.started_by == asked.started_by)
                and (asked.after_position is None or job.position > asked.after_position)
                and (asked.up_to_position is None or job.position <= asked.up_to_position)
            ]
            seen: list[UUID] = []
            page: Page[JobRow] | None = None
            while page is None or page.has_more:
                page = await list_jobs(views, WORKSPACE, asked, first=2, after=page.rows[-1].position if page else None)
                seen += [job.job_id for job in page.rows]
            assert seen == expected, asked


async def test_runs_of_a_job_are_listed_in_the_order_they_began(database: Database) -> None:
    async with shown(database) as (log, views):
        job_id, empty = new_id(), new_id()
        second = BEGAN.model_copy(update={"run": Run(task="b")})
        await log.write(job_id, started(), BEGAN, second, ENDED)
        await log.write(empty, started())
        await project_all(database)
        page = await list_job_tasks(views, job_id, first=1)
        assert [(task.run, task.status, task.route, task.outcome_version) for task in page.rows] == [
            ("a#1.1", "SUCCEEDED", "yes", 4)
        ]
        assert page.has_more
        rest = await list_job_tasks(views, job_id, after=page.rows[-1].position)
        assert [(task.run, task.item, task.status) for task in rest.rows] == [("b#1.1", None, "RUNNING")]
        running = await list_job_tasks(views, job_id, statuses=["RUNNING"])
        assert running.rows == rest.rows
        assert await find_job_task(views, job_id, "b#1.1") == rest.rows[0]
        of_both = await tasks_of_jobs(views, [job_id, empty], each=1)
        assert of_both == {job_id: page, empty: Page([], has_more=False)}


async def test_the_items_of_a_for_each_are_listed_apart_from_the_tasks_and_counted(database: Database) -> None:
    async with shown(database) as (log, views):
        job_id, whole = new_id(), Run(task="b")
        items = [BEGAN.model_copy(update={"run": Run(task="b", item=item)}) for item in range(3)]
        failed = TaskFailed(run=items[0].run, error=Failure(code="BROKEN", message="It broke."), then="leave_out")
        await log.write(job_id, started(), ItemsBegan(run=whole, items=5, bindings={}), *items, failed)
        await project_all(database)
        [task] = (await list_job_tasks(views, job_id)).rows
        assert (task.run, task.status, task.items) == ("b#1.1", "RUNNING", 5)
        page = await list_job_items(views, job_id, "b", first=2)
        assert [(run.item, run.status) for run in page.rows] == [(0, "FAILED"), (1, "RUNNING")]
        rest = await list_job_items(views, job_id, "b", after=page.rows[-1].position, statuses=["RUNNING"])
        assert [run.item for run in rest.rows] == [2]
        assert await find_job_task(views, job_id, "b[2]#1.1") == rest.rows[0]
        assert await find_for_each(views, [(job_id, "b"), (job_id, "c")]) == {
            (job_id, "b"): ForEachRow(job_id, "b", 5, running=2, failed=1)
        }


async def test_nothing_of_another_workspace_is_found(database: Database) -> None:
    async with shown(database) as (log, views):
        await write_everything(log, jobs=3)
        await project_all(database)
        [job] = (await list_jobs(views, WORKSPACE, first=1)).rows
        [review] = (await list_reviews(views, WORKSPACE, first=1)).rows
        [flow] = (await list_workflows(views, WORKSPACE, first=1)).rows
        [file] = (await list_files(views, WORKSPACE, first=1)).rows
        assert await find_job(views, WORKSPACE, job.job_id) == job
        assert await find_review(views, WORKSPACE, review.review_id) == review
        assert await find_workflow(views, WORKSPACE, flow.workflow_id) == flow
        assert await find_file(views, WORKSPACE, file.file_id) == file
        assert await find_job(views, OTHER_WORKSPACE, job.job_id) is None
        assert await find_review(views, OTHER_WORKSPACE, review.review_id) is None
        assert await find_workflow(views, OTHER_WORKSPACE, flow.workflow_id) is None
        assert await find_version(views, OTHER_WORKSPACE, flow.workflow_id, 1) is None
        assert await find_file(views, OTHER_WORKSPACE, file.file_id) is None
        assert not (await list_versions(views, OTHER_WORKSPACE, flow.workflow_id)).rows
        assert not (await list_reviews(views, OTHER_WORKSPACE)).rows
        assert not (await list_inbox(views, OTHER_WORKSPACE, MEMBER, ["reviewer"], shows="all")).rows
        assert (await reviews_of_jobs(views, OTHER_WORKSPACE, [review.job_id]))[review.job_id].rows == []
        assert review in (await reviews_of_jobs(views, WORKSPACE, [review.job_id]))[review.job_id].rows


async def test_the_inbox_shows_what_waits_for_me_or_my_roles_the_first_due_first(database: Database) -> None:
    other = new_id()
    async with shown(database) as (log, views):
        asked = {
            "late": requested(members=(MEMBER,), roles=("reviewer",), due_at=AT + timedelta(days=2)),
            "soon": requested(roles=("reviewer",), due_at=AT),
            "never": requested(members=(MEMBER, other), roles=()),
            "not mine": requested(members=(other,), roles=("auditor",)),
            "nobody's": requested(roles=()),
            "done": requested(members=(MEMBER,)),
        }
        ids = {name: new_id() for name in asked}
        names = {review_id: name for name, review_id in ids.items()}
        for name, review in asked.items():
            await log.write(ids[name], review)
        await log.write(ids["done"], accepted(asked["done"]))
        await project_all(database)

        async def inbox(shows: Any, member: UUID = MEMBER, roles: tuple[str, ...] = ("reviewer",)) -> list[str]:
            found: list[ReviewRow] = []
            after: tuple[int, int] | None = None
            while True:
                page = await list_inbox(views, WORKSPACE, member, roles, shows=shows, first=1, after=after)
                found += page.rows
                if not page.has_more:
                    return [names[row.review_id] for row in found]
                after = (page.rows[-1].due_order, page.rows[-1].position)

        assert await inbox("all") == ["soon", "late", "never"]
        assert await inbox("mine") == []
        await log.write(ids["soon"], ReviewClaimed(member_id=other))
        await log.write(ids["late"], ReviewClaimed(member_id=MEMBER))
        await project_all(database)
        assert await inbox("all") == ["soon", "late", "never"]
        assert await inbox("claimable") == ["late", "never"]
        assert await inbox("mine") == ["late"]
        assert await inbox("all", other, ("auditor",)) == ["never", "not mine"]
        await log.write(ids["soon"], ReviewReleased(member_id=other))
        await log.write(ids["late"], ReviewWithdrawn())
        await project_all(database)
        assert await inbox("claimable") == ["soon", "never"]


async def test_reviews_that_previews_ask_are_shown_only_where_they_are_asked_for(database: Database) -> None:
    async with shown(database) as (log, views):
        of_job, of_preview = new_id(), new_id()
        await log.write(of_job, requested(members=(MEMBER,)))
        await log.write(of_preview, requested(members=(MEMBER,)).model_copy(update={"preview": True}))
        await project_all(database)
        for previews, only in ((False, of_job), (True, of_preview)):
            for statuses in (None, ["WAITING"]):
                page = await list_reviews(views, WORKSPACE, ReviewFilter(previews=previews, statuses=statuses))
                assert [row.review_id for row in page.rows] == [only]
            waiting = await list_inbox(views, WORKSPACE, MEMBER, [], shows="all", previews=previews)
            assert [row.review_id for row in waiting.rows] == [only]
        for review_id in (of_job, of_preview):
            await log.write(review_id, ReviewClaimed(member_id=MEMBER))
        await project_all(database)
        for previews, only in ((False, of_job), (True, of_preview)):
            mine = await list_inbox(views, WORKSPACE, MEMBER, [], shows="mine", previews=previews)
            assert [row.review_id for row in mine.rows] == [only]


async def test_open_previews_are_counted_without_jobs_and_without_what_others_started(database: Database) -> None:
    async with shown(database) as (log, views):
        assert await count_open_previews(views, WORKSPACE) == 0
        parent = Parent(job_id=new_id(), run=Run(task="sub"), depth=1)
        begun = [started(), started(mode="preview"), started(mode="preview"), started(mode="preview", parent=parent)]
        ids = [new_id() for _ in begun]
        for job_id, event in zip(ids, begun, strict=True):
            await log.write(job_id, event)
        await project_all(database)
        assert await count_open_previews(views, WORKSPACE) == 2
        assert await count_open_previews(views, OTHER_WORKSPACE) == 0
        await log.write(ids[1], JobCompleted(outputs={}))
        await project_all(database)
        assert await count_open_previews(views, WORKSPACE) == 1


async def test_reviews_are_listed_by_status_job_and_who_decided(database: Database) -> None:
    async with shown(database) as (log, views):
        asked = [requested(due_at=AT) for _ in range(3)]
        ids = [new_id() for _ in asked]
        for review_id, review in zip(ids, asked, strict=True):
            await log.write(review_id, review)
        await log.write(ids[0], accepted(asked[0]))
        await log.write(ids[1], rejected(asked[1]))
        await project_all(database)

        async def listed(**told: Any) -> list[UUID]:
            page = await list_reviews(views, WORKSPACE, ReviewFilter(**told))
            return [row.review_id for row in page.rows]

        assert await listed() == ids[::-1]
        assert await listed(statuses=["ACCEPTED", "REJECTED"]) == [ids[1], ids[0]]
        assert await listed(statuses=["WAITING"]) == [ids[2]]
        assert await listed(job_id=asked[2].job_id) == [ids[2]]
        assert await listed(decided_by=MEMBER) == [ids[1], ids[0]]
        assert await listed(claimed_by=MEMBER) == []
        assert await listed(previews=True) == []
        decided = await find_review(views, WORKSPACE, ids[1])
        assert decided is not None
        assert (decided.decided_by, decided.decided_at, decided.comment) == (MEMBER, AT, "wrong vendor")
        assert decided.shown == {"total": asked[1].shown["total"].model_dump(mode="json")}
        assert NEVER_DUE > decided.due_order > 0


async def test_workflows_show_their_draft_and_their_versions(database: Database) -> None:
    events = workflow("Approval")
    workflow_id = new_id()
    places = {event.wire: number for number, event in enumerate(events, start=1)}
    first_active = [event.wire for event in events].index("workflow.activated.v1") + 1
    async with shown(database) as (log, views):

        async def after(count: int) -> tuple[str, int | None, int | None, dict[int, str]]:
            have = log.heads[workflow_id].version if workflow_id in log.heads else 0
            await log.write(workflow_id, *events[have:count])
            await project_all(database)
            row = await find_workflow(views, WORKSPACE, workflow_id)
            assert row is not None
            assert row.version == count
            versions = (await list_versions(views, WORKSPACE, workflow_id)).rows
            return row.status, row.active_version, row.draft_version, {each.number: each.status for each in versions}

        assert await after(first_active - 1) == ("DRAFT", None, 1, {1: "DRAFT"})
        assert await after(first_active) == ("ACTIVE", 1, None, {1: "ACTIVE"})
        assert await after(first_active + 2) == ("ACTIVE", 1, 2, {1: "ACTIVE", 2: "DRAFT"})
        draft = await find_version(views, WORKSPACE, workflow_id, 2)
        assert draft is not None
        assert (draft.design, draft.content_hash) == (None, None), "a draft is read from its stream"
        assert await after(places["workflow.version_retired.v1"]) == ("ACTIVE", 2, None, {1: "RETIRED", 2: "ACTIVE"})
        locked = await find_version(views, WORKSPACE, workflow_id, 2)
        assert locked is not None
        assert (locked.note, locked.activated_by) == ("go", f"member:{MEMBER}")
        assert [task["name"] for task in locked.design["tasks"]] == ["a", "b"]
        activated = [event for event in events if isinstance(event, WorkflowActivated)]
        assert locked.content_hash == activated[1].content
        end = await after(len(events))
        assert end == ("ARCHIVED", None, None, {1: "RETIRED", 2: "RETIRED", 3: "ARCHIVED"})
        archived = await list_workflows(views, WORKSPACE, WorkflowFilter(statuses=["ARCHIVED"]))
        assert [row.name for row in archived.rows] == ["Approval, renamed"]
        assert not (await list_workflows(views, WORKSPACE, WorkflowFilter(statuses=["DRAFT", "ACTIVE"]))).rows


async def test_who_a_key_acts_as(database: Database) -> None:
    ann, ben, ann_key, ben_key = (new_id() for _ in range(4))
    keys = [
        ApiKeyIssued(key_id=ann_key, member_id=ann, secret_sha256="0" * 64, expires_at=AT),
        ApiKeyIssued(key_id=ben_key, member_id=ben, secret_sha256="1" * 64, permissions=("job:read",), expires_at=AT),
    ]
    added = MemberAdded(member_id=ben, name="Ben", roles=("operator",))
    async with shown(database) as (log, views):
        opened = WorkspaceOpened(organization_id=ORGANIZATION, name="Invoices")
        await log.write(WORKSPACE, opened, MemberAdded(member_id=ann, name="Ann", roles=("admin",)), added, *keys)
        await project_all(database)
        holder = await find_key_holder(views, ben_key)
        assert holder is not None
        assert (holder.workspace_id, holder.organization_id, holder.member_id) == (WORKSPACE, ORGANIZATION, ben)
        assert (holder.roles, holder.permissions, holder.expires_at) == (("operator",), ("job:read",), AT)
        assert await find_key_holder(views, new_id()) is None
        await log.write(WORKSPACE, MemberRolesAssigned(member_id=ben, roles=("auditor",)))
        await project_all(database)
        holder = await find_key_holder(views, ben_key)
        assert holder is not None
        assert holder.roles == ("auditor",)
        # A key ends with its member, also when the member comes back.
        await log.write(WORKSPACE, MemberRemoved(member_id=ben))
        await project_all(database)
        assert await find_key_holder(views, ben_key) is None
        assert [row.member_id for row in (await list_members(views, WORKSPACE)).rows] == [ann]
        assert set(await find_members(views, WORKSPACE, [ann, ben])) == {ann, ben}
        await log.write(WORKSPACE, added)
        await project_all(database)
        assert await find_key_holder(views, ben_key) is None
        assert await find_key_holder(views, ann_key) is not None
        assert len((await list_api_keys(views, WORKSPACE)).rows) == 2
        assert [key.key_id for key in (await list_api_keys(views, WORKSPACE, member_id=ben)).rows] == [ben_key]


async def test_workspaces_organizations_and_files(database: Database) -> None:
    async with shown(database) as (log, views):
        await write_everything(log, jobs=0)
        await project_all(database)
        organization = await find_organization(views, ORGANIZATION)
        workspace = await find_workspace(views, WORKSPACE)
        assert organization is not None
        assert workspace is not None
        assert (organization.name, workspace.name) == ("Acme", "Invoices")
        assert (await list_workspaces(views, ORGANIZATION)).rows == [workspace]
        assert (await list_workspaces(views)).rows == [workspace]
        assert not (await list_workspaces(views, after=workspace.position)).rows
        [file] = (await list_files(views, WORKSPACE)).rows
        assert (file.name, file.content, file.stored_by) == (FILE.name, FILE.content, f"member:{MEMBER}")
