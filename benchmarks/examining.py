"""Measures what examining a workflow costs, whole and after one edit: `python -m benchmarks.examining`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import median
from time import process_time
from typing import Any

from domain.workflows import operations as ops
from domain.workflows.checks import examine
from domain.workflows.design import Design, Edge, Place
from domain.workflows.editing import edit

SIZES = (300, 1_000)
INPUTS = 3
RUNS = 15
TEXT = {"type": "str"}


def drawn(tasks: int) -> Design:
    """A workflow of code tasks, each fed by three before it."""
    inputs = [{"name": f"i{number}", "type": TEXT} for number in range(INPUTS)]
    config = {"code": "out = ''", "inputs": inputs, "outputs": [{"name": "out", "type": TEXT}]}
    operations: list[ops.Operation] = [ops.DeclareInput.model_validate({"input": {"name": "x", "type": TEXT}})]
    operations += [ops.AddTask(task=f"t{number}", kind="code", config=config) for number in range(tasks)]
    operations += [ops.ConnectEdge(edge=_edge(number, each)) for number in range(tasks) for each in range(INPUTS)]
    return edit(Design(), operations)[1]


def _edge(number: int, each: int) -> Edge:
    source = (number * 7 + each) % number if number else None
    origin = {"path": ("x",)} if source is None else {"source": f"t{source}", "path": ("out",)}
    return Edge.model_validate({**origin, "target": f"t{number}", "input": f"i{each}"})


def edits(tasks: int) -> dict[str, ops.Operation]:
    """One edit of each sort that changes something else."""
    last = f"t{tasks - 1}"
    outputs = [{"name": name, "type": TEXT} for name in ("out", "more")]
    inputs = [{"name": f"i{number}", "type": TEXT} for number in range(INPUTS)]
    return {
        "moved": ops.MoveTask(task="t5", place=Place(x=1.0, y=2.0)),
        "configured": ops.ConfigureTask(
            task="t5", config={"code": "out = '1'", "inputs": inputs, "outputs": outputs[:1]}
        ),
        "another output": ops.ConfigureTask(
            task="t5", config={"code": "out = ''", "inputs": inputs, "outputs": outputs}
        ),
        "connected": ops.ConnectEdge(edge=Edge(source="t3", path=("out",), target=last, input="i2")),
    }


def _milliseconds(run: Callable[[], Any]) -> float:
    times = []
    for _ in range(RUNS):
        begun = process_time()
        run()
        times.append((process_time() - begun) * 1_000)
    return median(times)


def main() -> None:
    """Prints milliseconds of processor time, each the median of some runs."""
    for tasks in SIZES:
        design = drawn(tasks)
        before = examine(design)
        print(f"{tasks} tasks, {len(design.edges)} edges: whole {_milliseconds(partial(examine, design)):.1f} ms")
        for what, operation in edits(tasks).items():
            edited = edit(design, [operation])[1]
            deciding = _milliseconds(partial(edit, design, [operation]))
            examining = _milliseconds(partial(examine, edited, before=before))
            print(f"  one task {what}: decided in {deciding:.1f} ms, examined in {examining:.1f} ms")


if __name__ == "__main__":
    main()
