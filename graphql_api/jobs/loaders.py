"""Jobs, their runs and their graphs, many at once."""

from __future__ import annotations

import asyncio
from uuid import UUID

from domain.graph import Graph, GraphTask
from domain.jobs.events import JobStarted
from graphql_api.context import Context
from graphql_api.jobs.seeing import may_see
from projections.jobs import ForEachRow, JobRow, JobTaskRow, find_for_each, find_jobs, tasks_of_jobs
from projections.pages import Page
from projections.reviews import ReviewRow, find_reviews, reviews_of_jobs


async def jobs_by_id(context: Context, ids: list[UUID]) -> list[JobRow | None]:
    """The jobs of the workspace with these ids that who asks may see."""
    found = await find_jobs(context.api.system.views, context.workspace_id, ids)
    seen = {job_id: row for job_id, row in found.items() if may_see(context.identity, row.mode)}
    return [seen.get(job_id) for job_id in ids]


async def first_runs(context: Context, keys: list[tuple[UUID, int]]) -> list[Page[JobTaskRow]]:
    """The first runs of jobs, as many of each as were asked for."""
    found: dict[tuple[UUID, int], Page[JobTaskRow]] = {}
    for each in {each for _, each in keys}:
        pages = await tasks_of_jobs(context.api.system.views, [job for job, asked in keys if asked == each], each=each)
        found.update({(job_id, each): page for job_id, page in pages.items()})
    return [found[key] for key in keys]


async def for_each_by_task(context: Context, keys: list[tuple[UUID, str]]) -> list[ForEachRow | None]:
    """How the items of for-each tasks stand, by job and task."""
    found = await find_for_each(context.api.system.views, keys)
    return [found.get(key) for key in keys]


async def reviews_of_job(context: Context, ids: list[UUID]) -> list[Page[ReviewRow]]:
    """The reviews of jobs, the first hundred of each."""
    found = await reviews_of_jobs(context.api.system.views, context.workspace_id, ids)
    return [found[job_id] for job_id in ids]


async def reviews_by_id(context: Context, ids: list[UUID]) -> list[ReviewRow | None]:
    """The reviews of the workspace with these ids."""
    found = await find_reviews(context.api.system.views, context.workspace_id, ids)
    return [found.get(review_id) for review_id in ids]


async def graphs(context: Context, hashes: list[str]) -> list[Graph]:
    """Compiled graphs by their content hash."""
    found = [context.api.system.graph(context.workspace_id, content_hash) for content_hash in hashes]
    return list(await asyncio.gather(*found))


async def graph_tasks(context: Context, hashes: list[str]) -> list[dict[str, GraphTask]]:
    """The tasks of compiled graphs by name."""
    return [{task.name: task for task in graph.tasks} for graph in await graphs(context, hashes)]


async def job_starts(context: Context, ids: list[UUID]) -> list[JobStarted]:
    """The first events of jobs, which hold their inputs."""
    system = context.api.system
    found = await asyncio.gather(*[system.reader.read_stream(job_id, limit=1) for job_id in ids])
    events = [system.mapper.event(records[0]) for records in found]
    return [event for event in events if isinstance(event, JobStarted)]
