"""Every read model there is."""

from __future__ import annotations

from collections.abc import Sequence

from projections.callbacks.project import CALLBACKS
from projections.content.project import CONTENT
from projections.credentials.project import CREDENTIALS
from projections.engine.project import ENGINE
from projections.files import FILES
from projections.jobs.project import JOBS
from projections.model import ReadModel
from projections.reviews.project import REVIEWS
from projections.schedules.project import SCHEDULES
from projections.templates.project import TEMPLATES
from projections.usage.project import BUDGETS, USAGE
from projections.webhooks.project import WEBHOOKS
from projections.workflows.project import WORKFLOWS
from projections.workspaces.project import WORKSPACES

READ_MODELS: Sequence[ReadModel] = (
    ENGINE,
    JOBS,
    REVIEWS,
    SCHEDULES,
    CREDENTIALS,
    WEBHOOKS,
    CALLBACKS,
    WORKFLOWS,
    TEMPLATES,
    WORKSPACES,
    FILES,
    CONTENT,
    USAGE,
    BUDGETS,
)
