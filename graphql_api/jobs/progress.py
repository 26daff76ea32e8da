"""How far a run is, as the schema shows it while the run is under way."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from graphql_api.context import Context
from graphql_api.describe import about, object_type
from projections.engine import RunProgress, progress_of_jobs


@object_type
class Progress:
    """How far a run is, as whoever performs it says: an action, or a worker. It is recorded nowhere, and gone with the run."""

    done: float = about("How much is done, in whatever is counted.")
    total: float | None = about("How much there is; null where that is not known.")
    note: str | None = about("A word on it.")


async def run_progress(context: Context, job_ids: list[UUID]) -> list[Mapping[str, RunProgress]]:
    """How far the runs of jobs are, by their text."""
    found = await progress_of_jobs(context.api.system.views, context.workspace_id, job_ids)
    return [found[job_id] for job_id in job_ids]


def show_progress(found: RunProgress | None) -> Progress | None:
    """The progress of a run by its row."""
    return None if found is None else Progress(**found.progress)
