"""The stories of jobs that run over lists, start other jobs, and wait for messages and times. See `stories` on how stories are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from domain.graph import Asks, Executes, ForEach, Graph, GraphInput, GraphOutput, GraphTask, Retry
from domain.ids import derive
from domain.jobs import commands as ask
from domain.jobs.asking import review_id
from domain.jobs.facts import facts
from domain.jobs.run import Parent, Run
from domain.reviews.commands import AcceptReview
from domain.types import ListType, TextType
from domain.workflows.compile import graph_bytes
from tests.domain.jobs.graphs import declared, graph, review, task
from tests.streams.stories import BROKEN, FAR, KIND, MEMBER, STORIES, Story, Teller, now

LISTS = ListType(items=TextType())
XS = {"xs": ["zero", "one", "two", "three"]}
SOON = timedelta(seconds=1)

_CHILD = graph(
    task("c", "x", kind=KIND),
    task("d", "x", kind=KIND),
    edges=("@x -> c.x", "c.out -> d.x", "d.out -> @out"),
    inputs=("x",),
    outputs=("out",),
)


def _over(each: GraphTask, **policy: Any) -> Graph:
    """The task for each item of a list, two at a time, and what follows it."""
    over = each.model_copy(update={"for_each": ForEach(input="x", at_once_max=2, **policy)})
    whole = task("whole", GraphInput(name="xs", type=LISTS), kind=KIND)
    edges = (f"@xs -> {each.name}.x", f"{each.name}.out -> whole.xs", "whole.out -> @y")
    drawn = graph(over, whole, edges=edges, outputs=("y?",))
    return drawn.model_copy(update={"inputs": (GraphOutput(name="xs", type=LISTS),)})


def _each(**options: Any) -> GraphTask:
    return task("each", "x", kind=KIND, **options)


def _sub(**options: Any) -> GraphTask:
    child = Executes(workflow_id=UUID(int=8), workflow_version=1, graph=sha256(graph_bytes(_CHILD)).hexdigest())
    return task("sub", "x", kind="execute_workflow", executes=child, **options)


def _parent(**options: Any) -> Graph:
    edges = ("@x -> sub.x", "sub.out -> after.x", "after.out -> @y")
    after = task("after", declared("x", default="instead"), kind=KIND)
    return graph(_sub(**options), after, edges=edges, inputs=("x",), outputs=("y",))


def _waiting(config: dict[str, Any], *outputs: str, **options: Any) -> Graph:
    """A wait between two tasks; a message is what the second one has."""
    wait = task("wait", kind="wait", outputs=outputs, config=config, takes=config.get("message"), **options)
    edges = (
        "a:done -> wait",
        "wait:done -> after",
        *(f"wait.{name} -> after.x" for name in outputs),
        "after.out -> @y",
    )
    after = task("after", declared("x", default="nothing came"), kind=KIND)
    return graph(task("a", kind=KIND), wait, after, edges=edges, outputs=("y",))


async def _succeed(told: Teller, run: Run) -> None:
    outputs = {"out": f"of {run.text}"}
    command = ask.RecordTaskSucceeded(
        at=now(), job_id=told.job_id, run=run, outputs=outputs, facts=facts(told.graph, run.task, outputs)
    )
    await told.send(command)


async def _fail(told: Teller, run: Run, **others: Any) -> None:
    await told.send(ask.RecordTaskFailed(at=now(), job_id=told.job_id, run=run, error=BROKEN, **others))


def _item(number: int, name: str = "each") -> Run:
    return Run(task=name, item=number)


async def _items_under_way(told: Teller) -> None:
    await told.start(inputs=XS)
    await _succeed(told, _item(1))


async def _items_ended(told: Teller) -> None:
    await told.start(inputs=XS)
    await _succeed(told, _item(1))
    await _fail(told, _item(0))
    await _succeed(told, _item(3))
    await _succeed(told, _item(2))


async def _item_failed(told: Teller) -> None:
    await told.start(inputs=XS)
    await _succeed(told, _item(0))
    await _fail(told, _item(1))


async def _item_retrying(told: Teller) -> None:
    await told.start(inputs=XS)
    await _fail(told, _item(0), retryable=True)


async def _items_retried(told: Teller) -> None:
    await _item_failed(told)
    await told.tell(ask.RetryTask, "each", reason="The list was mended.")


async def _start_child(told: Teller, run: Run) -> UUID:
    """The run of the parent has its child started."""
    executes = told.graph.named["sub"].executes
    assert executes is not None
    child_id = derive(told.job_id, "child", run.text)
    told.streams.append(("job", child_id))
    if len(told.streams) == 2:
        await told.store(graph_bytes(_CHILD))
    inputs = {"x": f"of {run.text}"}
    start = ask.StartJob(
        at=now(),
        job_id=child_id,
        workflow_id=executes.workflow_id,
        workflow_version=executes.workflow_version,
        graph=executes.graph,
        source="parent",
        inputs=inputs,
        facts=facts(_CHILD, None, inputs),
        parent=Parent(job_id=told.job_id, run=run, depth=1),
        root_id=told.job_id,
    )
    await told.send(start)
    return child_id


async def _end_child(told: Teller, child_id: UUID) -> None:
    for name in "cd":
        run, outputs = Run(task=name), {"out": f"of {name}"}
        told_facts = facts(_CHILD, name, outputs)
        await told.send(ask.RecordTaskSucceeded(at=now(), job_id=child_id, run=run, outputs=outputs, facts=told_facts))


async def _child_waited_for(told: Teller) -> None:
    await told.start()
    await _start_child(told, Run(task="sub"))


async def _child_completed(told: Teller) -> None:
    await told.start()
    await _end_child(told, await _start_child(told, Run(task="sub")))


async def _child_failed(told: Teller) -> None:
    await told.start()
    child_id = await _start_child(told, Run(task="sub"))
    await told.send(ask.RecordTaskFailed(at=now(), job_id=child_id, run=Run(task="c"), error=BROKEN))


async def _child_ended_with_its_parent(told: Teller) -> None:
    await _child_waited_for(told)
    await told.send(ask.CancelJob(at=now(), job_id=told.job_id, reason="Not needed."))


async def _child_paused_with_its_parent(told: Teller) -> None:
    await _child_waited_for(told)
    await told.send(ask.PauseJob(at=now(), job_id=told.job_id, reason="A look at it."))


async def _children_of_items(told: Teller) -> None:
    await told.start(inputs=XS)
    await _end_child(told, await _start_child(told, _item(0, "sub")))
    await _succeed(told, _item(0, "sub"))
    for number in (1, 2):
        await _start_child(told, _item(number, "sub"))


async def _round_ended(told: Teller) -> None:
    await _child_completed(told)
    await told.tell(ask.RecordRoundEnded, "sub", outputs={"out": "of d"})


async def _message(told: Teller, number: int = 1) -> None:
    message = ask.SendMessage(
        at=now(), job_id=told.job_id, name="paid", message_id=f"message {number}", value=f"part {number}"
    )
    await told.send(message)


async def _wait_for_message(told: Teller, **others: Any) -> None:
    await told.succeed("a")
    await told.tell(ask.RecordTaskWaiting, "wait", waits_for="message", message="paid", **others)


async def _message_kept(told: Teller) -> None:
    await told.start()
    await _message(told)


async def _message_taken_early(told: Teller) -> None:
    await _message_kept(told)
    await _wait_for_message(told)


async def _message_taken_late(told: Teller) -> None:
    await told.start()
    await _wait_for_message(told)
    await _message(told)


async def _message_awaited(told: Teller) -> None:
    await told.start()
    await _wait_for_message(told, due_at=now() + FAR)


async def _time_awaited(told: Teller) -> None:
    await told.start()
    await told.succeed("a")
    await told.tell(ask.RecordTaskWaiting, "wait", waits_for="time", due_at=now() + SOON, at_due="succeed")


async def _time_came(told: Teller) -> None:
    await _time_awaited(told)
    await told.tell(ask.EndWait, "wait", at=now() + 2 * SOON)


_TWICE = {
    "workflow": "Child",
    "inputs": [{"name": "x", "type": {"type": "str"}}],
    "outputs": [{"name": "out", "type": {"type": "str"}}],
    "repeat": {"until": "out == 'never'", "rounds_max": 2, "on_limit": "succeed"},
}
_MESSAGE = _waiting({"message": "paid", "outputs": [{"name": "message", "type": {"type": "str"}}]}, "message")
_TIME = _waiting({"duration": 1.0})

_ASKED = graph(
    task("a", "x", kind=KIND),
    review("judge", "a", asks=Asks(roles=("admin",), guidance="Look twice.")),
    task("b", "x", kind=KIND),
    edges=("@x -> a.x", "a. -> judge.reviewed", "judge.out -> b.x", "b.out -> @y"),
    inputs=("x",),
    outputs=("y",),
)


async def _asked_with_its_run(told: Teller) -> None:
    await told.start(on_behalf_of=f"member:{MEMBER}")
    await told.succeed("a")
    told.streams.append(("review", review_id(told.job_id, await told.run("judge"))))


async def _asked_and_accepted(told: Teller) -> None:
    await _asked_with_its_run(told)
    (_, review_of_judge) = told.streams[-1]
    await told.decide_review("judge", AcceptReview, review_of_judge, comment="As agreed.")


COMPOSED: Mapping[str, Story] = {
    "items_under_way": (_over(_each()), _items_under_way),
    "items_ended": (_over(_each(), on_item_error="leave_out"), _items_ended),
    "item_held": (_over(_each(), on_item_error="hold"), _item_failed),
    "item_failed_the_task": (_over(_each(on_error="hold")), _item_failed),
    "item_retrying": (_over(_each(retry=Retry(attempts=3, delay_seconds=0.1))), _item_retrying),
    "items_retried": (_over(_each(on_error="hold")), _items_retried),
    "child_waited_for": (_parent(), _child_waited_for),
    "child_completed": (_parent(), _child_completed),
    "child_failed": (_parent(on_error="continue"), _child_failed),
    "child_ended_with_its_parent": (_parent(), _child_ended_with_its_parent),
    "child_paused_with_its_parent": (_parent(), _child_paused_with_its_parent),
    "children_of_items": (_over(_sub()), _children_of_items),
    "round_ended": (_parent(config=_TWICE), _round_ended),
    "message_kept": (_MESSAGE, _message_kept),
    "message_awaited": (_MESSAGE, _message_awaited),
    "message_taken_early": (_MESSAGE, _message_taken_early),
    "message_taken_late": (_MESSAGE, _message_taken_late),
    "time_awaited": (_TIME, _time_awaited),
    "time_came": (_TIME, _time_came),
    "review_asked_with_its_run": (_ASKED, _asked_with_its_run),
    "review_asked_with_its_run_and_accepted": (_ASKED, _asked_and_accepted),
}

EVERY_STORY: Mapping[str, Story] = {**STORIES, **COMPOSED}
