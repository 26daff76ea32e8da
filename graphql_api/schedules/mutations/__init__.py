"""The mutations of schedules."""

from __future__ import annotations

import strawberry

from graphql_api.answers import mutation
from graphql_api.schedules.mutations.change_schedule import change_schedule
from graphql_api.schedules.mutations.create_schedule import create_schedule
from graphql_api.schedules.mutations.pause_schedule import pause_schedule
from graphql_api.schedules.mutations.remove_schedule import remove_schedule
from graphql_api.schedules.mutations.resume_schedule import resume_schedule


@strawberry.type
class ScheduleMutations:
    """What can be done to schedules."""

    create_schedule = mutation(create_schedule)
    change_schedule = mutation(change_schedule)
    pause_schedule = mutation(pause_schedule)
    resume_schedule = mutation(resume_schedule)
    remove_schedule = mutation(remove_schedule)
