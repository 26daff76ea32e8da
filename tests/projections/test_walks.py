"""Lists by status walk along the index that holds all they ask for, whatever the statistics say; none reads what it does not show."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import psycopg
import pytest

from projections.jobs import JobFilter, list_jobs
from projections.jobs.lists import _list_query as jobs_query
from projections.reviews import ReviewFilter, list_reviews
from projections.reviews.queries import _list_query as reviews_query
from projections.views import SETTINGS
from tests.conftest import Database
from tests.projections.stories import write_everything
from tests.projections.written import WORKFLOW, WORKSPACE, new_id, project_all, reading, started, writing

pytestmark = pytest.mark.anyio

MANY = 5_000
PAGES_OF_60_JOBS = 20
RARE = ["WAITING", "IN_PROGRESS"]
ASKED = {
    "workspace_id": WORKSPACE,
    "workflow_id": WORKFLOW,
    "mode": "job",
    "statuses": RARE,
    "before": 2**63 - 1,
    "behind": 0,
    "limit": 51,
}
MANY_JOBS = (
    "insert into views.jobs (job_id, workspace_id, position, version, last_position, workflow_id, workflow_version, graph, rules,"
    " mode, source, started_by, started_at, status, running, waiting, held, succeeded, failed, skipped, cancelled)"
    " select gen_random_uuid(), %s, n, 1, n, %s, 1, 'graph', 1, 'job', 'api', 'member:x', now(), 'COMPLETED', 0, 0, 0, 1, 0, 0, 0"
    " from generate_series(1, %s) n"
)
MANY_REVIEWS = (
    "insert into views.reviews (review_id, workspace_id, position, version, last_position, job_id, run, task, kind, shown, members,"
    " roles, requested_at, due_order, status, corrections)"
    " select gen_random_uuid(), %s, n, 1, n, %s, 'a#1.1', 'a', 'human_review', '{}', '{}', '{}', now(), 0, 'ACCEPTED', 0"
    " from generate_series(1, %s) n"
)


def plan(owner: psycopg.Connection[Any], query: bytes, **more: Any) -> str:
    """How the database would answer a query of the read models."""
    for name, value in SETTINGS.items():
        owner.execute("select set_config(%s, %s, false)", (name, value))
    rows = (
        psycopg.ClientCursor(owner).execute(b"explain (analyze, buffers, costs off) " + query, ASKED | more).fetchall()
    )
    return "\n".join(line for (line,) in rows)


@pytest.mark.parametrize("analyzed", [False, True])
async def test_a_rare_status_is_found_without_a_walk_past_all_others(database: Database, *, analyzed: bool) -> None:
    with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
        owner.execute(MANY_JOBS, (WORKSPACE, WORKFLOW, MANY))
        owner.execute(MANY_REVIEWS, (WORKSPACE, UUID(int=7), MANY))
        if analyzed:
            owner.execute("analyze views.jobs, views.reviews")
        of_workflow = plan(owner, jobs_query("workflow", (), of_status=True))
        of_status = plan(owner, jobs_query("status", (), of_status=True))
        of_reviews = plan(owner, reviews_query((), by_status=True))
    assert "jobs_workspace_id_mode_workflow_id_status_position_idx" in of_workflow
    assert "jobs_workspace_id_mode_status_position_idx" in of_status
    assert "reviews_workspace_id_status_position_idx" in of_reviews
    assert "Rows Removed by Filter" not in of_workflow + of_status + of_reviews


@pytest.mark.parametrize("along", ["workflow", "status", "starter", "all"])
@pytest.mark.parametrize(("behind", "before"), [(0, 60), (MANY - 60, 2**63 - 1), (100, 160)])
async def test_a_list_within_positions_walks_past_none_of_the_others(
    database: Database, along: str, behind: int, before: int
) -> None:
    with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
        owner.execute(MANY_JOBS, (WORKSPACE, WORKFLOW, MANY))
        owner.execute("vacuum (analyze) views.jobs")
        query = jobs_query(along, (), of_status=along in {"workflow", "status"})
        asked = {"statuses": ["COMPLETED", "FAILED"], "started_by": "member:x", "limit": 100}
        found = plan(owner, query, behind=behind, before=before, **asked)
    pages = re.search(r"Buffers: shared hit=(\d+)", found)
    assert pages is not None
    assert int(pages[1]) <= PAGES_OF_60_JOBS, found


MANY_CHILDREN = (
    "update views.jobs set source = 'parent', parent_job_id = %s where position > 3",
    "insert into views.job_labels select workspace_id, mode, 's:' || source, position, job_id from views.jobs",
)


@pytest.mark.parametrize("analyzed", [False, True])
async def test_jobs_without_a_parent_are_found_without_a_walk_past_all_children(
    database: Database, *, analyzed: bool
) -> None:
    with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
        owner.execute(MANY_JOBS, (WORKSPACE, WORKFLOW, MANY))
        owner.execute(MANY_CHILDREN[0], (UUID(int=7),))
        owner.execute(MANY_CHILDREN[1])
        if analyzed:
            owner.execute("analyze views.jobs, views.job_labels")
        found = plan(owner, jobs_query("labels", ("roots_only",), of_status=False), labels=["s:api"])
        async with reading(database) as views:
            roots = (await list_jobs(views, WORKSPACE, JobFilter(roots_only=True))).rows
    assert [job.position for job in roots] == [3, 2, 1]
    assert "job_labels_pkey" in found
    assert "Rows Removed by Filter" not in found


async def test_pages_by_status_hold_each_job_and_review_once(database: Database) -> None:
    other = new_id()
    async with writing(database) as log, reading(database) as views:
        await write_everything(log, jobs=12)
        await log.write(new_id(), started(workflow_id=other))
        await project_all(database)
        everything = [job.job_id for job in (await list_jobs(views, WORKSPACE, first=100)).rows]
        statuses = ["PENDING", "IN_PROGRESS", "WAITING", "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"]
        for chosen in (JobFilter(statuses=statuses), JobFilter(workflow_id=WORKFLOW), JobFilter(workflow_id=other)):
            seen: list[UUID] = []
            after = None
            while True:
                page = await list_jobs(views, WORKSPACE, chosen, first=2, after=after)
                seen += [job.job_id for job in page.rows]
                if not page.has_more:
                    break
                after = page.rows[-1].position
            whole = (await list_jobs(views, WORKSPACE, chosen, first=100)).rows
            assert seen == [job.job_id for job in whole]
            assert set(seen) <= set(everything)
            assert all(chosen.workflow_id in (None, job.workflow_id) for job in whole)
        reviews = [row.review_id for row in (await list_reviews(views, WORKSPACE, first=100)).rows]
        by_status = ReviewFilter(statuses=["WAITING", "ACCEPTED", "REJECTED", "WITHDRAWN"])
        assert [row.review_id for row in (await list_reviews(views, WORKSPACE, by_status, first=100)).rows] == reviews
        first = (await list_reviews(views, WORKSPACE, by_status, first=1)).rows
        second = (await list_reviews(views, WORKSPACE, by_status, first=1, after=first[0].position)).rows
        assert [row.review_id for row in (*first, *second)] == reviews[:2]
