"""What a preview is a trial of, and what stood in it for runs that were not performed, as the schema shows them."""

from __future__ import annotations

from enum import Enum
from uuid import UUID

from domain.jobs.events import JobStarted, TaskSucceeded
from graphql_api.context import Context
from graphql_api.describe import about, enumeration, object_type


@enumeration
class InsteadBy(Enum):
    """What stands for a run: what an alike run of an earlier preview gave (KEPT), what is pinned, or a sample where an effect is not performed."""

    KEPT = "kept"
    PINNED = "pinned"
    SAMPLE = "sample"


@object_type
class Instead:
    """What stands for a run of a preview, which was not performed."""

    by: InsteadBy = about("What it is.")
    of: str | None = about("The event of an earlier preview, as `job:version`, whose outcome stands here.")


@object_type
class JobPreview:
    """What a preview is a trial of."""

    draft_version: int = about("The `eventVersion` of the workflow at which its draft was as it is run here.")
    until: str | None = about("The task up to which it is performed; null: not only up to one.")
    alone: str | None = about("The only task that is performed; null: not only one.")
    fresh: bool = about("Whether all is performed anew, whatever earlier previews gave.")
    effects: bool = about("Whether tasks that change something outside are performed, not only shown.")
    pinned: list[str] = about("The tasks for which pinned outputs stand.")


def show_preview(started: JobStarted) -> JobPreview | None:
    """What a job is a trial of, when it is a preview that no other one started."""
    preview = started.preview
    if preview is None:
        return None
    return JobPreview(
        draft_version=preview.draft_version,
        until=preview.until,
        alone=preview.alone,
        fresh=preview.fresh,
        effects=preview.effects,
        pinned=list(preview.pinned),
    )


async def instead_of(context: Context, outcomes: list[tuple[UUID, int]]) -> list[Instead | None]:
    """What stood for runs, by their job and the version of the event that says how they ended."""
    system = context.api.system
    versions: dict[UUID, list[int]] = {}
    for job_id, version in outcomes:
        versions.setdefault(job_id, []).append(version)
    found: dict[tuple[UUID, int], Instead] = {}
    for job_id, wanted in versions.items():
        for record in await system.reader.read_versions(job_id, wanted):
            event = system.mapper.event(record)
            if isinstance(event, TaskSucceeded) and event.instead is not None:
                said = event.instead
                found[job_id, record.version] = Instead(by=InsteadBy(said.by), of=said.of)
    return [found.get(outcome) for outcome in outcomes]
