"""Jobs found by their labels: every filter, alone and with others, lists what it says, page by page, newest first."""

from __future__ import annotations

import re
from random import Random
from typing import Any
from uuid import UUID

import psycopg
import pytest

from domain.jobs.events import JobCompleted
from domain.jobs.run import Parent, Run
from projections.jobs import JobFilter, JobRow, list_jobs, matches, walks
from projections.jobs import lists as lists_of_jobs
from projections.pages import Page
from projections.views import Views
from tests.conftest import Database
from tests.projections.written import (
    OTHER_WORKSPACE,
    WORKSPACE,
    new_id,
    project_all,
    reading,
    started,
    writing,
)

pytestmark = pytest.mark.anyio

TAGS = ("march", "april", "büro", "it's", 'a "quoted" \\ one', "null")
TITLES = (None, "Invoice INV-4711", "invoice of Müller", "Contract, signed", {"$sealed": {"v": 1}}, "Invitation")
KEYS = (None, "INV-4711", "inv-4711", "C 1")
SOURCES = ("api", "billing", "schedule")
PRIORITIES = (None, "low", "high", "urgent")


async def walk(views: Views, asked: JobFilter, first: int = 3) -> list[UUID]:
    """All jobs of a list, page by page."""
    seen: list[UUID] = []
    page: Page[JobRow] | None = None
    while page is None or page.has_more:
        page = await list_jobs(views, WORKSPACE, asked, first=first, after=page.rows[-1].position if page else None)
        seen += [job.job_id for job in page.rows]
    return seen


async def many_jobs(log: Any, random: Random, count: int) -> None:
    """Jobs of all sorts, and some of another workspace with the same labels."""
    for _ in range(count):
        told: dict[str, Any] = {
            "tags": tuple(random.sample(TAGS, random.randint(0, 3))) or None,
            "title": random.choice(TITLES),
            "business_key": random.choice(KEYS),
            "source": random.choice(SOURCES),
            "priority": random.choice(PRIORITIES),
            "mode": random.choice(("job", "job", "job", "preview")),
        }
        if random.random() < 0.3:
            told |= {"source": "parent", "parent": Parent(job_id=new_id(), run=Run(task="a"), depth=1)}
        ended = (JobCompleted(outputs={}),) if random.random() < 0.4 else ()
        workspace = OTHER_WORKSPACE if random.random() < 0.1 else WORKSPACE
        await log.write(new_id(), started(**told), *ended, workspace=workspace)


FILTERS = (
    JobFilter(business_key="INV-4711"),
    JobFilter(business_key="unknown"),
    JobFilter(tags_all=["march"]),
    JobFilter(tags_all=["march", "april"]),
    JobFilter(tags_any=["march", "it's", 'a "quoted" \\ one']),
    JobFilter(tags_any=["march", "büro"], statuses=["COMPLETED"]),
    JobFilter(tags_any=[]),
    JobFilter(tags_all=[]),
    JobFilter(words=("inv",)),
    JobFilter(words=("invoice",)),
    JobFilter(words=("invoice", "mü")),
    JobFilter(words=("signed", "contract"), priority="high"),
    JobFilter(words=("nothing",)),
    JobFilter(source="billing"),
    JobFilter(source="billing", statuses=["COMPLETED"]),
    JobFilter(priority="normal"),
    JobFilter(priority="urgent", source="api", mode="preview"),
    JobFilter(tags_all=["april"], words=("inv",), business_key="INV-4711"),
    JobFilter(roots_only=True),
    JobFilter(roots_only=True, statuses=["COMPLETED"]),
    JobFilter(roots_only=True, priority="urgent"),
    JobFilter(roots_only=True, source="parent"),
)


@pytest.mark.parametrize("counted_max", [0, 20, 1_000])
async def test_filters_by_labels_mean_what_they_say(
    database: Database, monkeypatch: pytest.MonkeyPatch, counted_max: int
) -> None:
    """Whichever way is the shortest, or taken for it."""
    monkeypatch.setattr(walks, "COUNTED_MAX", counted_max)
    async with writing(database) as log, reading(database) as views:
        await many_jobs(log, Random(7), 120)
        await project_all(database)
        everything = [*(await list_jobs(views, WORKSPACE, first=100)).rows]
        everything += (await list_jobs(views, WORKSPACE, first=100, after=everything[-1].position)).rows
        previews = (await list_jobs(views, WORKSPACE, JobFilter(mode="preview"), first=100)).rows
        middle = everything[len(everything) // 2].position
        bounded = [JobFilter(tags_all=["march"], after_position=middle), JobFilter(source="api", up_to_position=middle)]
        found = 0
        for asked in (*FILTERS, *bounded):
            expected = [job.job_id for job in (*everything, *previews) if matches(job, asked)]
            assert await walk(views, asked) == expected, asked
            found += bool(expected)
        assert found >= len(FILTERS) - 5


@pytest.mark.parametrize("counted_max", [1, 5, 100])
async def test_a_frequent_beginning_of_words_is_looked_for_among_all_jobs(
    database: Database, monkeypatch: pytest.MonkeyPatch, counted_max: int
) -> None:
    monkeypatch.setattr(walks, "LABELS_WALKED_MAX", 5)
    monkeypatch.setattr(walks, "COUNTED_MAX", counted_max)
    async with writing(database) as log, reading(database) as views:
        jobs = [new_id() for _ in range(12)]
        for number, job_id in enumerate(jobs):
            await log.write(job_id, started(title=f"invoice{number} due"))
        await project_all(database)
        assert await walk(views, JobFilter(words=("invoice",))) == jobs[::-1]
        assert await walk(views, JobFilter(words=("invoice1",))) == [jobs[11], jobs[10], jobs[1]]
        assert await walk(views, JobFilter(words=("invoice", "due"))) == jobs[::-1]


async def test_the_condition_that_holds_for_the_fewest_jobs_is_walked_along(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walks, "COUNTED_MAX", 3)
    async with writing(database) as log, reading(database) as views:
        for number in range(12):
            tags = ("big", "two") if number in (4, 5) else ("big",)
            ended = (JobCompleted(outputs={}),) if number > 1 else ()
            await log.write(new_id(), started(title="invoice", tags=tags), *ended)
        await project_all(database)

        async def walked(**asked: Any) -> walks.Walk:
            chosen: list[walks.Walk] = []

            async def choose(*given: Any) -> walks.Walk:
                chosen.append(await walks.shortest(*given))
                return chosen[-1]

            with monkeypatch.context() as patched:
                patched.setattr(lists_of_jobs, "shortest", choose)
                await list_jobs(views, WORKSPACE, JobFilter(**asked))
            return chosen[0]

        assert (await walked(tags_all=["big", "two"])).labels == ("t:two",)
        assert (await walked(tags_all=["big"], statuses=["IN_PROGRESS"])).along == "status"
        assert (await walked(words=["inv"], statuses=["IN_PROGRESS"])).along == "status"
        assert (await walked(words=["inv"], statuses=["COMPLETED"])).labels == ("w:invoice",)
        assert (await walked(words=["inv"], up_to_position=2)).along == "all"


async def test_labels_are_written_once_and_belong_to_their_job(database: Database) -> None:
    async with writing(database) as log:
        await log.write(new_id(), started(tags=("march",), title="Two words"), JobCompleted(outputs={}))
        await project_all(database)
    with psycopg.connect(database.owner_dsn) as connection:
        labels = {row[0] for row in connection.execute("select label from views.job_labels").fetchall()}
    assert labels == {"s:api", "p:normal", "t:march", "w:two", "w:words"}


MANY = 5_000
MANY_JOBS = (
    "insert into views.jobs (job_id, workspace_id, position, version, last_position, workflow_id, workflow_version, graph, rules,"
    " mode, source, started_by, started_at, status, running, waiting, held, succeeded, failed, skipped, cancelled, tags)"
    " select gen_random_uuid(), %s, n, 1, n, gen_random_uuid(), 1, 'graph', 1, 'job', 'api', 'member:x', now(), 'COMPLETED',"
    " 0, 0, 0, 1, 0, 0, 0, case when n <= 3 then '{rare}'::text[] else '{frequent}' end from generate_series(1, %s) n"
)
MANY_LABELS = (
    "insert into views.job_labels select workspace_id, mode, 't:' || tags[1], position, job_id from views.jobs"
    " union all select workspace_id, mode, 's:api', position, job_id from views.jobs"
)


@pytest.mark.parametrize("analyzed", [False, True])
@pytest.mark.parametrize("tag", ["rare", "frequent"])
@pytest.mark.parametrize("asks", [(), ("tags_all",)])
async def test_a_label_is_walked_along_whatever_the_statistics_say(
    database: Database, tag: str, asks: tuple[str, ...], *, analyzed: bool
) -> None:
    asked: dict[str, Any] = {
        "workspace_id": WORKSPACE,
        "mode": "job",
        "labels": [f"t:{tag}"],
        "tags_all": [tag],
        "limit": 51,
        "before": 2**63 - 1,
        "behind": 0,
    }
    with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
        owner.execute(MANY_JOBS, (WORKSPACE, MANY))
        owner.execute(MANY_LABELS)
        if analyzed:
            owner.execute("analyze views.jobs, views.job_labels")
        owner.execute("set enable_seqscan = off")
        text = b"explain (analyze, costs off, timing off) " + lists_of_jobs._list_query("labels", asks, of_status=False)
        plan = "\n".join(line for (line,) in psycopg.ClientCursor(owner).execute(text, asked).fetchall())
    assert "job_labels_pkey" in plan, plan
    assert "Rows Removed by Filter" not in plan, plan
    read = [int(rows) for rows in re.findall(r"job_labels_pkey on job_labels.*?rows=(\d+)", plan)]
    assert read
    assert max(read) <= asked["limit"], plan
