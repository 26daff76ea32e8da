"""The schema: what all subjects offer, in one."""

from __future__ import annotations

from strawberry.schema.config import StrawberryConfig

from graphql_api.callbacks.mutations import CallbackMutations
from graphql_api.callbacks.queries import CallbackQueries
from graphql_api.credentials.mutations import CredentialMutations
from graphql_api.credentials.queries import CredentialQueries
from graphql_api.describe import object_type
from graphql_api.external.mutations import ExternalTaskMutations
from graphql_api.external.subscriptions import ExternalTaskSubscriptions
from graphql_api.files.queries import FileQueries
from graphql_api.jobs.mutations import JobMutations
from graphql_api.jobs.queries import JobQueries
from graphql_api.jobs.subscriptions import JobSubscriptions
from graphql_api.log.queries import LogQueries
from graphql_api.openapi.queries import OpenApiQueries
from graphql_api.operations import Documents, Execution, Schema
from graphql_api.reviews.mutations import ReviewMutations
from graphql_api.reviews.queries import ReviewQueries
from graphql_api.reviews.subscriptions import ReviewSubscriptions
from graphql_api.scalars import SCALARS
from graphql_api.schedules.mutations import ScheduleMutations
from graphql_api.schedules.queries import ScheduleQueries
from graphql_api.schedules.subscriptions import ScheduleSubscriptions
from graphql_api.templates.mutations import TemplateMutations
from graphql_api.templates.queries import TemplateQueries
from graphql_api.webhooks.mutations import WebhookMutations
from graphql_api.webhooks.queries import WebhookQueries
from graphql_api.workflow_files.importing import WorkflowFileMutations
from graphql_api.workflow_files.queries import WorkflowFileQueries
from graphql_api.workflows.mutations import WorkflowMutations
from graphql_api.workflows.queries import WorkflowQueries
from graphql_api.workflows.subscriptions import WorkflowSubscriptions
from graphql_api.workspaces.mutations import WorkspaceMutations
from graphql_api.workspaces.queries import WorkspaceQueries


@object_type
class Query(
    WorkspaceQueries,
    WorkflowQueries,
    WorkflowFileQueries,
    OpenApiQueries,
    TemplateQueries,
    JobQueries,
    ReviewQueries,
    ScheduleQueries,
    CredentialQueries,
    WebhookQueries,
    CallbackQueries,
    FileQueries,
    LogQueries,
):
    """What can be asked."""


@object_type
class Mutation(
    WorkflowMutations,
    WorkflowFileMutations,
    TemplateMutations,
    JobMutations,
    ExternalTaskMutations,
    ReviewMutations,
    ScheduleMutations,
    CredentialMutations,
    WebhookMutations,
    CallbackMutations,
    WorkspaceMutations,
):
    """What can be done. Every mutation answers with success and its position, or with a refusal."""


@object_type
class Subscription(
    JobSubscriptions,
    ExternalTaskSubscriptions,
    ReviewSubscriptions,
    ScheduleSubscriptions,
    WorkflowSubscriptions,
):
    """What can be followed live, each stream from where a client last was."""


def build_schema() -> Schema:
    """The schema, checked."""
    return Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        extensions=[Documents],
        execution_context_class=Execution,
        config=StrawberryConfig(scalar_map=SCALARS, sort_schema=False),
    )
