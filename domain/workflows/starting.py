"""Which version of a workflow jobs start on now."""

from __future__ import annotations

from typing import Any

from domain.workflows.refusals import WorkflowIsArchived, WorkflowNotActive, WorkflowNotFound
from domain.workflows.state import Archived, NoWorkflow, Version, Workflow, active_version


def version_to_start(workflow: Workflow, workflow_id: Any) -> Version:
    """The active version; refuses where there is none."""
    if isinstance(workflow, NoWorkflow):
        raise WorkflowNotFound(workflow_id=workflow_id)
    if isinstance(workflow, Archived):
        raise WorkflowIsArchived(name=workflow.known.name)
    version = active_version(workflow)
    if version is None:
        raise WorkflowNotActive(name=workflow.known.name)
    return version
