"""The mutations of workers."""

from __future__ import annotations

import strawberry

from graphql_api.answers import mutation
from graphql_api.external.mutations.complete_tasks import complete_tasks
from graphql_api.external.mutations.fail_tasks import fail_tasks
from graphql_api.external.mutations.keep_tasks import keep_tasks
from graphql_api.external.mutations.take_tasks import take_tasks


@strawberry.type
class ExternalTaskMutations:
    """What workers outside do."""

    take_tasks = mutation(take_tasks)
    keep_tasks = mutation(keep_tasks)
    complete_tasks = mutation(complete_tasks)
    fail_tasks = mutation(fail_tasks)
