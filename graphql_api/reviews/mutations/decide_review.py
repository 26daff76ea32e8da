"""`decideReview`."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

import strawberry

from domain.graph import Graph, GraphTask
from domain.jobs.facts import facts
from domain.jobs.inputs import misfits
from domain.jobs.run import Facts
from domain.refusals import Detail
from domain.reviews.commands import AcceptReview, RejectReview
from domain.reviews.state import Review, Waiting
from domain.subject import Command
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Context, Info
from graphql_api.describe import about, enumeration, input_type, object_type
from graphql_api.jobs.log import JobLog, offered_logs
from graphql_api.reviews.mutations.answer import ReviewChanged, find_review, review_changed
from graphql_api.values.given import NamedValue, keep, take
from graphql_api.values.shown import opened


@enumeration
class Decision(Enum):
    """What a reviewer decides."""

    ACCEPT = "accept"
    REJECT = "reject"


@input_type
class DecideReviewInput:
    """The answer to a review."""

    review_id: strawberry.ID = about("The review.")
    decision: Decision = about("What is decided.")
    corrections: list[NamedValue] = about("Outputs to be corrected: for each the whole value.", default_factory=list)
    comment: str | None = about("What is to be said; required to reject.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class DecideReviewSuccess(ReviewChanged):
    """The review was decided, and the job has gone on."""


DecideReviewResult = Annotated[
    DecideReviewSuccess | CommandRefused,
    strawberry.union("DecideReviewResult", description="The review that was decided, or why it was not."),
]


async def decide_review(info: Info, input: DecideReviewInput) -> DecideReviewResult:  # noqa: A002 - the word of the API
    """Accepts a review, with or without corrections, or rejects it. The job goes on in the same moment; a second answer is refused."""
    return await decide(info.context, Sender(info.context, "decideReview", input), input)


async def decide(context: Context, sender: Sender, asked: DecideReviewInput) -> DecideReviewSuccess:
    """Decides one review."""
    review_id, review = await find_review(context, asked.review_id)
    identity = context.identity

    async def make() -> Command:
        corrections, told, findings = await _corrected(context, asked, review)
        command = AcceptReview if asked.decision is Decision.ACCEPT else RejectReview
        return command(
            at=now(),
            review_id=review_id,
            job_id=review.job_id if isinstance(review, Waiting) else None,
            member_id=identity.member_id,
            roles=frozenset(identity.roles),
            corrections=corrections,
            facts=told,
            findings=tuple(findings),
            comment=said(asked.comment),
        )

    return await review_changed(DecideReviewSuccess, context, await sender.send_made(review_id, make))


async def _corrected(
    context: Context, asked: DecideReviewInput, review: Review
) -> tuple[dict[str, Any], Facts, list[Detail]]:
    """The corrections as they are kept, the facts of all outputs as corrected, and what is wrong with the corrections."""
    if not isinstance(review, Waiting):
        return {}, Facts(), []  # The decider says what was decided, when and by whom.
    log = await context.loader(offered_logs).load(review.job_id)
    graph = await context.api.system.graph(context.workspace_id, log.started.graph)
    task = graph.named[review.run.task]
    values, findings = await take(context, asked.corrections, "output")
    findings += misfits(task.given if review.run.item is None else task.outputs, values, "output")
    declared = {output.name for output in task.outputs}
    findings += [
        Detail(f"output {n}", "an output of the reviewed task", "an unknown name") for n in values if n not in declared
    ]
    whole = await _shown(context, graph, task, review, log) | values
    told = facts(graph, task.name, whole) if review.run.item is None else Facts()
    return (values if findings else await keep(context, values)), told, findings


async def _shown(context: Context, graph: Graph, task: GraphTask, review: Waiting, log: JobLog) -> dict[str, Any]:
    """The outputs as they were shown; large ones are opened only where an edge leads inside."""
    if review.reviewed is None:
        return {}
    entered = {path[0] for path in graph.linked_paths.get(task.name, ()) if len(path) > 1}
    values: dict[str, Any] = {}
    for name, source in (await log.outputs(review.reviewed)).items():
        value = await log.value(source, items_max=None)
        values[name] = await opened(context, value) if name in entered else value
    return values
