"""Checks of how a workflow is cut: rows of tasks, tasks that hang together, and inputs that nothing looks at first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from domain.workflows.checks.check import Check
from domain.workflows.checks.whole import Whole
from domain.workflows.cycles import marks_ahead, turned
from domain.workflows.wiring import Wiring

CHAIN_TASKS_GOOD = 7
LINKS_GOOD = 5
TASKS_FED_GOOD = 3
NAMED_MAX = 10

_DECIDING = ("decision", "human_decision")
_CHECKING = "code"


def chains(whole: Whole) -> Iterator[Check]:
    """Warning: many tasks in a row, with nothing between them that leads in or out."""
    for row in _rows(_forward(whole.wiring)):
        if len(row) > CHAIN_TASKS_GOOD:
            expected = f"at most {CHAIN_TASKS_GOOD} tasks in a row, or workflows of their own for parts of it"
            found = f"{len(row)}: {_named(row, ' → ')}"
            yield Check("CHAIN_LONG", "warning", f"tasks.{row[0]}", expected, found, row[0])


def entangled(whole: Whole) -> Iterator[Check]:
    """Warning: two tasks with so many links between them that neither can be changed alone."""
    wiring = whole.wiring
    links: dict[tuple[str, str], int] = {}
    for edge in wiring.design.edges:
        if edge.path is not None and edge.source is not None and edge.target is not None:
            links[edge.source, edge.target] = links.get((edge.source, edge.target), 0) + 1
    for (source, target), count in links.items():
        if count > LINKS_GOOD and not wiring.is_compensation(target):
            expected = f"at most {LINKS_GOOD} links from {source}, or one object that holds what belongs together"
            yield Check("ENTANGLED", "warning", f"tasks.{target}.inputs", expected, f"{count}", target)


def unchecked(whole: Whole) -> Iterator[Check]:
    """Warning: a required input that many tasks take as it comes, where none decides on it, or looks at it before the others."""
    wiring = whole.wiring
    fed: dict[str, dict[str, None]] = {}
    for edge in wiring.design.edges:
        if edge.source is None and edge.path is not None and edge.target is not None and edge.target in wiring.tasks:
            fed.setdefault(edge.path[0], {})[edge.target] = None
    many = {
        name: list(tasks)
        for name, tasks in fed.items()
        if len(tasks) > TASKS_FED_GOOD and name in wiring.design.inputs and wiring.design.inputs[name].required
    }
    is_checked = _looked_at_first(wiring, many)
    for name, tasks in many.items():
        kinds = {wiring.tasks[task].task.kind for task in tasks}
        if kinds.isdisjoint(_DECIDING) and name not in is_checked:
            expected = "a decision on it, or a code task that checks it before the others run"
            found = f"{len(tasks)} tasks that take it as it comes: {_named(tasks, ', ')}"
            yield Check("INPUTS_UNCHECKED", "warning", f"inputs.{name}", expected, found)


def _looked_at_first(wiring: Wiring, fed: Mapping[str, Sequence[str]]) -> set[str]:
    # Only the first in order can lead to all the others; whether it does is found for all inputs in one go.
    place = {task: number for number, task in enumerate(wiring.ways.order)}
    firsts = {name: min(tasks, key=lambda task: place.get(task, len(place))) for name, tasks in fed.items()}
    marks: dict[str, int] = {}
    bits = {name: 1 << number for number, name in enumerate(firsts)}
    for name, first in firsts.items():
        if wiring.tasks[first].task.kind == _CHECKING:
            marks[first] = marks.get(first, 0) | bits[name]
    led_to = marks_ahead(turned(wiring.followers), marks) if marks else {}
    return {
        name
        for name, tasks in fed.items()
        if all(task == firsts[name] or led_to.get(task, 0) & bits[name] for task in tasks)
    }


def _forward(wiring: Wiring) -> dict[str, list[str]]:
    return {
        name: [one for one in following if not wiring.is_compensation(one)]
        for name, following in wiring.followers.items()
        if not wiring.is_compensation(name)
    }


def _rows(followers: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    leaders = dict.fromkeys(followers, 0)
    for following in followers.values():
        for name in following:
            leaders[name] += 1
    onward = {name: following[0] for name, following in followers.items() if len(following) == 1}
    onward = {name: follower for name, follower in onward.items() if leaders[follower] == 1}
    inside = set(onward.values())
    for name in followers:
        if name not in inside:
            row = [name]
            while row[-1] in onward:
                row.append(onward[row[-1]])
            yield row


def _named(names: Sequence[str], between: str) -> str:
    return between.join((*names[:NAMED_MAX], *(("…",) if len(names) > NAMED_MAX else ())))
