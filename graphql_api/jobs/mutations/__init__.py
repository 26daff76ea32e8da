"""The mutations of jobs."""

from __future__ import annotations

import strawberry

from graphql_api.answers import mutation
from graphql_api.jobs.mutations.cancel_job import cancel_job
from graphql_api.jobs.mutations.change_jobs import change_jobs
from graphql_api.jobs.mutations.correct_task import correct_task
from graphql_api.jobs.mutations.fork_job import fork_job
from graphql_api.jobs.mutations.give_up_task import give_up_task
from graphql_api.jobs.mutations.pause_job import pause_job
from graphql_api.jobs.mutations.resume_job import resume_job
from graphql_api.jobs.mutations.retry_task import retry_task
from graphql_api.jobs.mutations.send_message import send_message
from graphql_api.jobs.mutations.start_job import start_job
from graphql_api.jobs.mutations.start_jobs import start_jobs
from graphql_api.jobs.mutations.start_preview import start_preview


@strawberry.type
class JobMutations:
    """What can be done to jobs."""

    start_job = mutation(start_job)
    start_jobs = mutation(start_jobs)
    start_preview = mutation(start_preview)
    cancel_job = mutation(cancel_job)
    pause_job = mutation(pause_job)
    resume_job = mutation(resume_job)
    retry_task = mutation(retry_task)
    correct_task = mutation(correct_task)
    give_up_task = mutation(give_up_task)
    send_message = mutation(send_message)
    fork_job = mutation(fork_job)
    change_jobs = mutation(change_jobs)
