"""What crash-at-every-commit takes beside single runs: items of a list, jobs that start jobs, messages, and times."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from uuid import UUID

from domain.graph import Executes, ForEach, Graph, GraphInput, GraphOutput, GraphTask, Retry
from domain.types import ListType
from domain.workflows.compile import graph_bytes
from runner.actions.contract import Failed, Succeeded
from tests.domain.jobs.graphs import declared, graph, task
from tests.runner.crashing import BROKEN, Case
from tests.runner.stage import TEXT

LISTS = ListType(items=TEXT)
ITEMS = {"xs": ["zero", "one", "two"]}
BUSY = Failed("BUSY", "Try later.", retryable=True)

CHILD = graph(
    task("c", "x", kind="scripted"),
    task("d", "x", kind="scripted"),
    edges=("@x -> c.x", "c.out -> d.x", "d.out -> @out"),
    inputs=("x",),
    outputs=("out",),
)


def over(made: GraphTask, *, at_once: int = 2, **policy: Any) -> Graph:
    """The task for each item of the input xs, and what follows it."""
    each = made.model_copy(update={"for_each": ForEach(input="x", at_once_max=at_once, **policy)})
    whole = task("whole", GraphInput(name="xs", type=LISTS, required=False), kind="scripted")
    edges = (f"@xs -> {made.name}.x", f"{made.name}.out -> whole.xs", "whole.out -> @y")
    drawn = graph(each, whole, edges=edges, outputs=("y?",))
    return drawn.model_copy(update={"inputs": (GraphOutput(name="xs", type=LISTS),)})


def sub(**options: Any) -> GraphTask:
    """The task that runs the child."""
    child = Executes(workflow_id=UUID(int=7), workflow_version=1, graph=sha256(graph_bytes(CHILD)).hexdigest())
    return task("sub", "x", kind="execute_workflow", executes=child, **options)


def parent(**options: Any) -> Graph:
    """A task that runs the child, and one after it."""
    after = task("after", declared("x", default="instead"), kind="scripted")
    return graph(
        sub(**options),
        after,
        edges=("@x -> sub.x", "sub.out -> after.x", "after.out -> @y"),
        inputs=("x",),
        outputs=("y",),
    )


def waiting(config: dict[str, Any], *outputs: str, **options: Any) -> Graph:
    """A task, a wait, and a task that has what was waited for."""
    wait = task("wait", kind="wait", outputs=outputs, config=config, takes=config.get("message"), **options)
    edges = (
        "a:done -> wait",
        "wait:done -> after",
        *(f"wait.{name} -> after.x" for name in outputs),
        "after.out -> @y",
    )
    after = task("after", declared("x", default="nothing came"), kind="scripted")
    return graph(task("a", kind="scripted"), wait, after, edges=edges, outputs=("y",))


EACH = task("each", "x", kind="scripted")
MESSAGE = {"message": "paid", "outputs": [{"name": "message", "type": {"type": "str"}}]}
TWICE = {
    "workflow": "Child",
    "inputs": [{"name": "x", "type": {"type": "str"}}],
    "outputs": [{"name": "out", "type": {"type": "str"}}],
    "repeat": {"until": "out == 'never'", "rounds_max": 2, "on_limit": "succeed"},
}
TOLD = {"paid": "in full"}

COMPOSED = {
    "for_each": Case(over(EACH), inputs=ITEMS),
    "for_each_left_out": Case(over(EACH, on_item_error="leave_out"), {"each[1]": BROKEN}, inputs=ITEMS),
    "for_each_fails_task": Case(
        over(EACH.model_copy(update={"on_error": "continue"}), at_once=1), {"each[1]": BROKEN}, inputs=ITEMS
    ),
    "for_each_held": Case(
        over(EACH, on_item_error="hold"), {"each[1]": (BROKEN, Succeeded({"out": "at last"}))}, inputs=ITEMS
    ),
    "for_each_retried": Case(
        over(EACH.model_copy(update={"retry": Retry(attempts=2, delay_seconds=0.1)})),
        {"each[1]": (BUSY, Succeeded({"out": "at last"}))},
        inputs=ITEMS,
    ),
    "child": Case(parent(), inputs={"x": "given"}, child=CHILD),
    "child_fails": Case(parent(on_error="continue"), {"d": BROKEN}, inputs={"x": "given"}, child=CHILD),
    "child_repeated": Case(parent(config=TWICE), inputs={"x": "given"}, child=CHILD),
    "child_for_each": Case(over(sub()), inputs=ITEMS, child=CHILD),
    "child_cancelled": Case(parent(), {"c": None}, cancel_when_waiting="sub", inputs={"x": "given"}, child=CHILD),
    "message_early": Case(waiting(MESSAGE, "message"), messages=TOLD, is_early=True),
    "message_late": Case(waiting(MESSAGE, "message"), messages=TOLD),
    "message_never": Case(waiting(MESSAGE, "message", time_limit_seconds=0.5, on_error="continue")),
    "wait_for_a_time": Case(waiting({"duration": 0.3})),
}  # fmt: skip
