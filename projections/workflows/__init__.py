"""The read model `workflows`: workflows, each with its versions."""

from projections.workflows.queries import (
    ALL_WORKFLOWS,
    WORKFLOW_STATUSES,
    WorkflowFilter,
    find_uses,
    find_version,
    find_versions,
    find_workflow,
    find_workflows,
    list_versions,
    list_workflows,
)
from projections.workflows.rows import WorkflowRow, WorkflowUseRow, WorkflowVersionRow

__all__ = [
    "ALL_WORKFLOWS",
    "WORKFLOW_STATUSES",
    "WorkflowFilter",
    "WorkflowRow",
    "WorkflowUseRow",
    "WorkflowVersionRow",
    "find_uses",
    "find_version",
    "find_versions",
    "find_workflow",
    "find_workflows",
    "list_versions",
    "list_workflows",
]
