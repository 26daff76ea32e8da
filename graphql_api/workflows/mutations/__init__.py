"""The mutations of workflows."""

from __future__ import annotations

import strawberry

from graphql_api.answers import mutation
from graphql_api.workflows.mutations.activate_workflow import activate_workflow
from graphql_api.workflows.mutations.archive_workflow import archive_workflow
from graphql_api.workflows.mutations.create_workflow import create_workflow
from graphql_api.workflows.mutations.discard_draft import discard_draft
from graphql_api.workflows.mutations.duplicate_workflow import duplicate_workflow
from graphql_api.workflows.mutations.edit_workflow import edit_workflow
from graphql_api.workflows.mutations.link_workflow import link_workflow
from graphql_api.workflows.mutations.note_version import note_version
from graphql_api.workflows.mutations.redo_edit import redo_edit
from graphql_api.workflows.mutations.rename_workflow import rename_workflow
from graphql_api.workflows.mutations.repair_workflow import repair_workflow
from graphql_api.workflows.mutations.restore_version import restore_version
from graphql_api.workflows.mutations.retire_workflow import retire_workflow
from graphql_api.workflows.mutations.revise_workflow import revise_workflow
from graphql_api.workflows.mutations.unarchive_workflow import unarchive_workflow
from graphql_api.workflows.mutations.undo_edit import undo_edit


@strawberry.type
class WorkflowMutations:
    """What can be done to workflows."""

    create_workflow = mutation(create_workflow)
    duplicate_workflow = mutation(duplicate_workflow)
    edit_workflow = mutation(edit_workflow)
    undo_edit = mutation(undo_edit)
    redo_edit = mutation(redo_edit)
    repair_workflow = mutation(repair_workflow)
    link_workflow = mutation(link_workflow)
    rename_workflow = mutation(rename_workflow)
    activate_workflow = mutation(activate_workflow)
    revise_workflow = mutation(revise_workflow)
    discard_draft = mutation(discard_draft)
    restore_version = mutation(restore_version)
    note_version = mutation(note_version)
    retire_workflow = mutation(retire_workflow)
    archive_workflow = mutation(archive_workflow)
    unarchive_workflow = mutation(unarchive_workflow)
