"""The mutations of workflows."""

from __future__ import annotations

import strawberry

from graphql_api.answers import mutation
from graphql_api.workflows.mutations.activate_workflow import activate_workflow
from graphql_api.workflows.mutations.archive_workflow import archive_workflow
from graphql_api.workflows.mutations.create_workflow import create_workflow
from graphql_api.workflows.mutations.edit_workflow import edit_workflow
from graphql_api.workflows.mutations.link_workflow import link_workflow
from graphql_api.workflows.mutations.repair_workflow import repair_workflow
from graphql_api.workflows.mutations.revise_workflow import revise_workflow


@strawberry.type
class WorkflowMutations:
    """What can be done to workflows."""

    create_workflow = mutation(create_workflow)
    edit_workflow = mutation(edit_workflow)
    repair_workflow = mutation(repair_workflow)
    link_workflow = mutation(link_workflow)
    activate_workflow = mutation(activate_workflow)
    revise_workflow = mutation(revise_workflow)
    archive_workflow = mutation(archive_workflow)
