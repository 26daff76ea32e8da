"""The stories of the golden streams: what happens to one job and its reviews, told by commands to the real deciders.

A story that was written once is never changed, for its stream is kept as it was written. New rules and policies get stories of
their own: add one here or in `composed`, and `python -m tests.streams.write` writes what is not there yet.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from domain.graph import Graph, GraphInput, Retry
from domain.ids import RANDOM_BYTES, derive, uuid7
from domain.jobs import commands as ask
from domain.jobs.facts import facts
from domain.jobs.run import Failure, Instead, Preview, Run, Source
from domain.jobs.state import Job
from domain.reviews import commands as review
from domain.reviews.events import Assignment
from domain.types import ListType, ObjectType, TextType
from event_store.dispatch import Dispatch
from event_store.units import Origin
from tests.domain.jobs.graphs import declared, graph, task
from tests.domain.jobs.graphs import review as review_task

KIND = "scripted"
MEMBER = UUID(int=1)
ROLES = frozenset({"admin"})
FAR = timedelta(days=36_500)
BROKEN = Failure(code="BROKEN", message="It broke.", details={"tries": 1})


@dataclass(slots=True)
class Teller:
    """Tells one story: sends its commands, as the runner and people do, and remembers the job."""

    dispatch: Dispatch
    graph: Graph
    graph_hash: str
    store: Callable[[bytes], Awaitable[Mapping[str, Any]]]
    workspace: UUID = field(default_factory=uuid4)
    job_id: UUID = field(default_factory=lambda: uuid7(datetime.now(UTC), os.urandom(RANDOM_BYTES)))
    streams: list[tuple[str, UUID]] = field(default_factory=list)

    async def start(self, **options: Any) -> None:
        """The job is started."""
        inputs = {declared.name: "given" for declared in self.graph.inputs} | options.pop("inputs", {})
        self.streams.append(("job", self.job_id))
        await self.send(
            ask.StartJob(
                at=now(),
                job_id=self.job_id,
                workflow_id=UUID(int=7),
                workflow_version=1,
                graph=self.graph_hash,
                inputs=inputs,
                facts=facts(self.graph, None, inputs),
                **options,
            )
        )

    async def succeed(self, name: str, route: str | None = None, **outputs: Any) -> None:
        """The last run of a task ends well; an output of None is absent."""
        told = facts(self.graph, name, {"out": f"of {name}"} | outputs, route)
        kept = {key: value for key, value in ({"out": f"of {name}"} | outputs).items() if value is not None}
        await self.tell(ask.RecordTaskSucceeded, name, outputs=kept, facts=told)

    async def have_stand(self, name: str, instead: Instead, **outputs: Any) -> None:
        """The last run of a task of a preview is not performed; these outputs stand instead."""
        told = facts(self.graph, name, outputs)
        await self.tell(ask.RecordTaskSucceeded, name, outputs=outputs, facts=told, instead=instead)

    async def fail(self, name: str) -> None:
        """The last run of a task ends badly."""
        await self.tell(ask.RecordTaskFailed, name, error=BROKEN)

    async def request_review(self, name: str, of: str, due_at: datetime | None = None, **options: Any) -> UUID:
        """The run of a review asks for it."""
        run, review_id = await self.run(name), derive(self.job_id, "review", (await self.run(name)).text)
        self.streams.append(("review", review_id))
        await self.send(
            review.RequestReview(
                at=now(),
                review_id=review_id,
                job_id=self.job_id,
                run=run,
                reviewed=Run(task=of),
                shown={"reviewed": Source(run=Run(task=of), path=())},
                guidance="Look twice.",
                job_started_by=f"member:{MEMBER}",
                due_at=due_at,
                **{"assignment": Assignment(roles=("admin",)), **options},
            )
        )
        return review_id

    async def decide_review(self, name: str, command: type[review.DecideReview], review_id: UUID, **given: Any) -> None:
        """A member decides a review."""
        corrections = given.pop("corrections", {})
        await self.send(
            command(
                at=now(),
                review_id=review_id,
                job_id=self.job_id,
                member_id=MEMBER,
                roles=ROLES,
                corrections=corrections,
                facts=facts(self.graph, name, {"out": "x", "more": "y"} | corrections),
                **given,
            )
        )

    async def run(self, name: str) -> Run:
        """The last run of a task."""
        job: Job
        job, _ = await self.dispatch.load("job", self.job_id, self.workspace)
        return job.task_run(name) or Run(task=name)

    async def tell(self, command: Any, name: str, at: datetime | None = None, **fields: Any) -> None:
        """Sends a command that speaks of the last run of a task."""
        await self.send(command(at=at or now(), job_id=self.job_id, run=await self.run(name), **fields))

    async def send(self, command: Any) -> None:
        """Sends a command."""
        await self.dispatch.send(command, Origin(actor=f"member:{MEMBER}", workspace=self.workspace))


def now() -> datetime:
    """The moment."""
    return datetime.now(UTC)


def _task(name: str, *inputs: Any, **options: Any) -> Any:
    return task(name, *inputs, kind=KIND, **options)


def _chain(**options: Any) -> Graph:
    tasks = (_task("a", "x", **options), _task("b", "x"), _task("c", "x"))
    edges = ("@x -> a.x", "a.out -> b.x", "b.out -> c.x", "c.out -> @y")
    return graph(*tasks, edges=edges, inputs=("x",), outputs=("y",))


def _beside(**options: Any) -> Graph:
    """A task that goes on to another, and one beside them that still runs."""
    edges = ("@x -> a.x", "a.out -> b.x", "b.out -> @y", "@x -> beside.x")
    return graph(
        _task("a", "x", **options),
        _task("b", "x"),
        _task("beside", "x"),
        edges=edges,
        inputs=("x",),
        outputs=("y?",),
    )


def _reviewed(**options: Any) -> Graph:
    config = {"reviews": "a", "guidance": "Look twice.", "assignment": {"members": [], "roles": ["admin"]}}
    edges = ("@x -> a.x", "a. -> judge.reviewed", "judge.out -> b.x", "judge.more -> b.more", "judge:rejected -> told")
    judge = review_task("judge", "a", outputs=("out", "more"), config=config, **options)
    return graph(
        _task("a", "x", outputs=("out", "more")),
        judge.model_copy(update={"inputs": (GraphInput(name="reviewed", type=ObjectType()),)}),
        _task("b", "x", "more?"),
        _task("told"),
        edges=edges,
        inputs=("x",),
    )


async def _completed(told: Teller) -> None:
    await told.start(title="A job that completed", source="schedule")
    for name in "abc":
        await told.succeed(name)


async def _preview(told: Teller) -> None:
    await told.start(mode="preview")
    await told.succeed("a")


async def _preview_of_a_draft(told: Teller) -> None:
    pinned = {"a": {"out": "pinned", "more": "and more"}}
    await told.start(mode="preview", preview=Preview(draft_version=12, until="b", fresh=True, pinned=pinned))
    await told.have_stand("a", Instead(by="pinned"), **pinned["a"])
    await told.request_review("judge", "a", assignment=Assignment(members=(MEMBER,)), preview=True)


async def _diamond(told: Teller) -> None:
    await told.start()
    await told.succeed("a")
    await told.succeed("c")


async def _routes(told: Teller) -> None:
    await told.start()
    await told.succeed("ask", route="yes")
    await told.succeed("yes")


async def _gathered(told: Teller) -> None:
    await told.start(inputs={"maybe": None})
    await told.succeed("a")
    await told.succeed("b", out=None)
    await told.succeed("c")


async def _joined(told: Teller) -> None:
    await told.start()
    await told.succeed("b")
    await told.succeed("a")


async def _error_route(told: Teller) -> None:
    await told.start()
    await told.fail("a")


async def _continued(told: Teller) -> None:
    await told.start()
    await told.fail("a")


async def _failed(told: Teller) -> None:
    await told.start()
    await told.fail("a")


async def _output_missing(told: Teller) -> None:
    await told.start()
    await told.succeed("a")
    await told.succeed("b")
    await told.succeed("c", out=None)


async def _retried_and_lost(told: Teller) -> None:
    await told.start()
    await told.fail("a")
    await told.tell(ask.RetryTask, "a", reason="It was the network.")
    for _ in range(2):
        await told.tell(ask.RecordRunnerLost, "a")


async def _corrected(told: Teller) -> None:
    await told.start()
    await told.succeed("a")
    outputs = {"out": "as it should be"}
    correction: Any = {"outputs": outputs, "facts": facts(told.graph, "a", outputs), "reason": "It misread the total."}
    await told.tell(ask.CorrectTask, "a", **correction)


async def _held_and_corrected(told: Teller) -> None:
    await told.start()
    await told.fail("a")
    outputs = {"out": "by hand"}
    correction: Any = {"outputs": outputs, "facts": facts(told.graph, "a", outputs), "reason": "Done by hand."}
    await told.tell(ask.CorrectTask, "a", **correction)


async def _given_up(told: Teller) -> None:
    await told.start()
    await told.fail("a")
    await told.tell(ask.GiveUpTask, "a", reason="The customer is gone.")


async def _effect_began(told: Teller) -> None:
    await told.start()
    await told.tell(ask.RecordEffectBegan, "a")


async def _credential_opened(told: Teller) -> None:
    await told.start()
    run, credential_id = Run(task="a"), told.job_id
    command = ask.RecordCredentialOpened(
        at=now(), job_id=told.job_id, run=run, credential_id=credential_id, name="bank", revision=2
    )
    await told.send(command)


async def _worker_lost(told: Teller) -> None:
    await told.start()
    await told.tell(ask.RecordTaskWaiting, "a", waits_for="worker")
    for worker in ("press-7", "press-8", "press-9"):
        await told.tell(ask.RecordWorkerLost, "a", worker=worker)


async def _outcome_unknown(told: Teller) -> None:
    await _effect_began(told)
    await told.tell(ask.RecordOutcomeUnknown, "a")


async def _expired(told: Teller) -> None:
    await told.start()
    await told.tell(ask.ExpireTask, "a", at=now() + timedelta(hours=1))


async def _cancelled(told: Teller) -> None:
    await told.start()
    await told.send(ask.CancelJob(at=now(), job_id=told.job_id, reason="Not needed."))


async def _retrying(told: Teller) -> None:
    await told.start()
    await told.tell(ask.RecordTaskFailed, "a", error=BROKEN, retryable=True)


async def _retried(told: Teller) -> None:
    await _retrying(told)
    await told.tell(ask.StartRetry, "a", at=now() + timedelta(hours=1))


async def _paused(told: Teller) -> None:
    await told.start()
    await told.send(ask.PauseJob(at=now(), job_id=told.job_id, reason="A look at it."))
    await told.succeed("a")


async def _resumed(told: Teller) -> None:
    await _paused(told)
    await told.send(ask.ResumeJob(at=now(), job_id=told.job_id, reason="It is well."))


async def _compensating(told: Teller) -> None:
    await told.start()
    await told.succeed("a")
    await told.succeed("b")
    await told.fail("c")
    await told.succeed("undo_b")


async def _job_timed_out(told: Teller) -> None:
    await told.start()
    await told.send(ask.ExpireJob(at=now() + timedelta(hours=1), job_id=told.job_id))


async def _heavy(told: Teller) -> None:
    await told.start()
    await told.succeed("h1")


async def _large(told: Teller) -> None:
    await told.start()
    await told.succeed("a", out=await told.store(b'"' + b"large " * 7_000 + b'"'))


async def _review_claimed(told: Teller) -> None:
    await told.start()
    await told.succeed("a", more="and more")
    review_id = await told.request_review("judge", "a")
    await told.send(review.ClaimReview(at=now(), review_id=review_id, member_id=MEMBER, roles=ROLES))
    await told.send(review.ReleaseReview(at=now(), review_id=review_id, member_id=MEMBER))
    await told.send(review.ClaimReview(at=now(), review_id=review_id, member_id=MEMBER, roles=ROLES))


async def _review_accepted(told: Teller) -> None:
    await told.start()
    await told.succeed("a", more="and more")
    review_id = await told.request_review("judge", "a")
    corrections = {"out": "corrected"}
    await told.decide_review("judge", review.AcceptReview, review_id, corrections=corrections, comment="A typo.")


async def _review_rejected(told: Teller) -> None:
    await told.start()
    await told.succeed("a", more="and more")
    review_id = await told.request_review("judge", "a")
    await told.decide_review("judge", review.RejectReview, review_id, comment="Not ours.")


async def _review_withdrawn(told: Teller) -> None:
    await told.start()
    await told.succeed("a", more="and more")
    await told.request_review("judge", "a", due_at=now() + FAR)
    await told.tell(ask.ExpireTask, "judge", at=now() + timedelta(hours=1))


_DIAMOND = graph(
    _task("a", "x"),
    _task("b", "x"),
    _task("c", "x"),
    _task("d", "x", "z"),
    edges=("@x -> a.x", "a.out -> b.x", "a.out -> c.x", "b.out -> d.x", "c.out -> d.z", "d.out -> @y"),
    inputs=("x",),
    outputs=("y",),
)
_ROUTES = graph(
    _task("ask", "x", routes=("yes", "no")),
    _task("yes", "x"),
    _task("no", "x"),
    _task("after_no", "x"),
    _task("merged", "x"),
    edges=(
        *("@x -> ask.x", "@x -> yes.x", "@x -> no.x", "ask:yes -> yes", "ask:no -> no", "no.out -> after_no.x"),
        *("no.out -> merged.x", "yes.out -> merged.x", "merged.out -> @y"),
    ),
    inputs=("x",),
    outputs=("y",),
)
_MANY_TEXTS = GraphInput(name="xs", type=ListType(items=TextType()), gather=True)
_GATHERED = graph(
    _task("a", "x"),
    _task("b", "x"),
    _task("c", "x"),
    _task("d", _MANY_TEXTS, declared("fixed", constant="f"), declared("usual", default="u"), "empty?"),
    edges=(
        *("@x -> a.x", "@x -> b.x", "@x -> c.x", "a.out -> d.xs", "b.out -> d.xs", "c.out -> d.xs"),
        *("@maybe -> d.usual", "@maybe -> d.empty", "d.out -> @all", "a.out -> @all", "b.out -> @maybe"),
    ),
    inputs=("x", "maybe?"),
    outputs=("all*", "maybe?"),
)
_JOINED = graph(
    _task("a", "x"),
    _task("b", "x"),
    _task("c", join="any"),
    _task("d", "x"),
    edges=("@x -> a.x", "@x -> b.x", "a:done -> c", "b:done -> c", "c.out -> d.x"),
    inputs=("x",),
)
_CAUGHT = graph(
    _task("a", "x", on_error="error_route"),
    _task("b", "x"),
    _task("caught", "code", "error"),
    edges=("@x -> a.x", "a.out -> b.x", "a:error -> caught", "a.error.code -> caught.code", "a.error.message -> caught.error"),
    inputs=("x",),
)  # fmt: skip
_CONTINUED = graph(
    _task("a", "x", on_error="continue"),
    _task("b", declared("x", default="instead")),
    _task("c"),
    edges=("@x -> a.x", "a.out -> b.x", "a:done -> c"),
    inputs=("x",),
)
_JUDGED = graph(
    _task("a", "x"),
    _task("b", "x"),
    _task("c", "x", "z"),
    edges=("@x -> a.x", "@x -> b.x", "a.out -> c.x", "b.out -> c.z"),
    inputs=("x",),
)
_UNDONE = graph(
    *_chain().tasks,
    _task("undo_a", compensates="a"),
    _task("undo_b", compensates="b"),
    edges=("@x -> a.x", "a.out -> b.x", "b.out -> c.x", "c.out -> @y"),
    inputs=("x",),
    outputs=("y",),
)
_TIMED = _beside().model_copy(update={"time_limit_seconds": 60.0})
_RETRIED = _beside(retry=Retry(attempts=3, delay_seconds=0.1))
_HEAVY = graph(*(_task(f"h{number}", heavy=True) for number in range(1, 6)), heavy_at_once_max=2)
_MANY = graph(*(_task(f"t{number}", "x") for number in range(1, 8)), edges=tuple(f"@x -> t{n}.x" for n in range(1, 8)), inputs=("x",))  # fmt: skip

Story = tuple[Graph, Callable[[Teller], Awaitable[None]]]

STORIES: Mapping[str, Story] = {
    "chain_completed": (_chain(), _completed),
    "preview_running": (_chain(), _preview),
    "preview_of_a_draft": (_reviewed(), _preview_of_a_draft),
    "diamond_running": (_DIAMOND, _diamond),
    "routes_merged": (_ROUTES, _routes),
    "gathered": (_GATHERED, _gathered),
    "joined_by_any": (_JOINED, _joined),
    "error_route_taken": (_CAUGHT, _error_route),
    "continued_after_failure": (_CONTINUED, _continued),
    "failed": (_beside(), _failed),
    "output_missing": (_chain(), _output_missing),
    "held": (_beside(on_error="hold"), _failed),
    "retried_and_lost_twice": (_beside(on_error="hold"), _retried_and_lost),
    "corrected_before_it_was_used": (_JUDGED, _corrected),
    "held_and_corrected": (_beside(on_error="hold"), _held_and_corrected),
    "given_up": (_beside(on_error="hold"), _given_up),
    "effect_began": (_beside(repetition="once"), _effect_began),
    "credential_opened": (_beside(), _credential_opened),
    "workers_lost": (_beside(on_error="hold"), _worker_lost),
    "outcome_unknown": (_beside(repetition="once"), _outcome_unknown),
    "expired": (_beside(time_limit_seconds=60.0, on_error="hold"), _expired),
    "cancelled": (_beside(), _cancelled),
    "is_ending": (_MANY, _cancelled),  # written when a unit held at most three cancellations
    "heavy": (_HEAVY, _heavy),
    "retrying": (_RETRIED, _retrying),
    "retried_by_itself": (_RETRIED, _retried),
    "paused": (_beside(), _paused),
    "resumed": (_beside(), _resumed),
    "compensating": (_UNDONE, _compensating),
    "job_timed_out": (_TIMED, _job_timed_out),
    "large_value": (_chain(), _large),
    "review_claimed": (_reviewed(), _review_claimed),
    "review_accepted_with_corrections": (_reviewed(), _review_accepted),
    "review_rejected": (_reviewed(), _review_rejected),
    "review_withdrawn": (_reviewed(time_limit_seconds=60.0, on_error="hold"), _review_withdrawn),
}
