"""Checks for what nobody uses: outputs of tasks, inputs of the workflow."""

from __future__ import annotations

from collections.abc import Iterator

from domain.workflows.checks.check import Check
from domain.workflows.checks.whole import Whole
from domain.workflows.operations import RemoveInput
from domain.workflows.wiring import Wired


def check(whole: Whole) -> Iterator[Check]:
    """Warnings: a declared output that nothing takes, a task from which nothing goes on, an input without a use."""
    wiring = whole.wiring
    used = {(edge.source, edge.path[0]) for edge in wiring.design.edges if edge.path is not None}
    leads_on = {edge.source for edge in wiring.design.edges} | set(wiring.reviewers)
    for name in wiring.design.inputs:
        if (None, name) not in used:
            repair = (RemoveInput(input=name),)
            yield Check(
                "INPUT_UNUSED",
                "warning",
                f"inputs.{name}",
                "an input that a task uses",
                "none that does",
                repair=repair,
            )
    for name, wired in wiring.tasks.items():
        if wired.reviews is None and name not in wiring.reviewers and not wiring.is_compensation(name):
            yield from _of_task(wired, used, is_end=name not in leads_on)


def _of_task(wired: Wired, used: set[tuple[str | None, str]], *, is_end: bool) -> Iterator[Check]:
    name = wired.task.name
    outputs = wired.outputs or {}
    if is_end and outputs:
        expected = "a task whose outputs or routes lead on"
        yield Check("OUTPUT_UNUSED", "warning", f"tasks.{name}", expected, f"none of {', '.join(outputs)} used", name)
        return
    # What a kind always gives need not all be used; what a builder declared should be.
    for output in wired.declared_outputs:
        if (name, output.name) not in used:
            place = f"tasks.{name}.outputs.{output.name}"
            yield Check("OUTPUT_UNUSED", "warning", place, "an output that something uses", "none that does", name)
