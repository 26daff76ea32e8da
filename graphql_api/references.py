"""Types that refer to each other across subjects, by the name of their module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from graphql_api.callbacks.types import Callback
    from graphql_api.jobs.types import Job
    from graphql_api.reviews.types import Review
    from graphql_api.workflows.types import Workflow
    from graphql_api.workflows.versions import WorkflowVersion

CallbackReference = Annotated["Callback", strawberry.lazy("graphql_api.callbacks.types")]
JobReference = Annotated["Job", strawberry.lazy("graphql_api.jobs.types")]
ReviewReference = Annotated["Review", strawberry.lazy("graphql_api.reviews.types")]
WorkflowReference = Annotated["Workflow", strawberry.lazy("graphql_api.workflows.types")]
WorkflowVersionReference = Annotated["WorkflowVersion", strawberry.lazy("graphql_api.workflows.versions")]
