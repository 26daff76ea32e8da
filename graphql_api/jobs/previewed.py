"""What a preview is a trial of, and what stood in it for runs that were not performed, as the schema shows them."""

from __future__ import annotations

from enum import Enum

from domain.jobs.events import JobStarted
from domain.jobs.run import Instead as StoredInstead
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


def show_instead(said: StoredInstead) -> Instead:
    """What stood for a run."""
    return Instead(by=InsteadBy(said.by), of=said.of)
