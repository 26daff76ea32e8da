"""Edges that are refused when they are connected are those that the checks would name; looking at their ends alone is enough."""

from __future__ import annotations

from random import Random

import pytest

from domain.refusals import Refusal
from domain.workflows import connecting
from domain.workflows.checks import check
from domain.workflows.connecting import refuse_edges
from domain.workflows.cycles import in_knots, in_order, marks_ahead
from domain.workflows.design import Design, Edge
from domain.workflows.drawing import draw
from domain.workflows.events import EdgeConnected
from domain.workflows.refusals import EdgeClosesCycle, EdgeTypesDiffer
from domain.workflows.wiring import Wiring
from tests.domain.workflows.drawn import code, design, edge, forced, link, review, variable
from tests.domain.workflows.random_edits import TASKS, VARIABLES, random_design

TAKES_TEXT = (variable("text"),)


def refused(drawn: Design, *edges: Edge) -> type[Refusal] | None:
    try:
        refuse_edges(drawn, edges)
    except Refusal as refusal:
        return type(refusal)
    return None


def random_edge(random: Random) -> Edge:
    source, target = random.choice(TASKS), random.choice(TASKS)
    if random.random() < 0.4:
        return Edge(source=source, route="done", target=target)
    return Edge(source=source, path=(random.choice(VARIABLES),), target=target, input=random.choice(VARIABLES))


@pytest.mark.parametrize("seed", range(60))
def test_an_edge_is_refused_where_the_checks_would_name_its_cycle_or_its_types(seed: int) -> None:
    random = Random(seed)
    drawn = random_design(random)
    if "CYCLE" in [one.code for one in check(drawn)]:
        return
    connected = [random_edge(random) for _ in range(random.choice((1, 1, 3)))]
    for one in connected:
        drawn = draw(drawn, EdgeConnected(edge=one))
    found = check(drawn)
    ends = {f"tasks.{one.target}.inputs.{one.input}" for one in connected}
    is_misfit = any(one.code == "TYPE_MISMATCH" and one.place in ends for one in found)
    expected = EdgeClosesCycle if "CYCLE" in [one.code for one in found] else EdgeTypesDiffer if is_misfit else None
    if expected is not EdgeTypesDiffer:
        assert refused(drawn, *connected) == expected
    else:
        # An edge that was there before may be the one that does not fit at the same input.
        assert refused(drawn, *connected) in (EdgeTypesDiffer, None)
        assert any(
            refused(drawn, one) == EdgeTypesDiffer
            for one in drawn.edges
            if one.path is not None and one.input is not None
        )


def test_the_cycle_is_told_from_the_task_that_was_drawn_first() -> None:
    drawn = design(code("a", TAKES_TEXT), code("b", TAKES_TEXT), code("c", TAKES_TEXT), link("b.out", "c.text"))
    closing = edge("c.out", "b.text")
    with pytest.raises(EdgeClosesCycle, match=r"c\.out → b\.text closes the cycle b → c → b"):
        refuse_edges(forced(drawn, closing), [closing])


def test_a_way_back_through_a_review_is_a_cycle() -> None:
    drawn = design(code("a", TAKES_TEXT), review("r", "a"))
    closing = edge("r.out", "a.text")
    assert refused(forced(drawn, closing), closing) == EdgeClosesCycle


def test_a_cycle_that_was_there_before_is_no_reason_against_another_edge() -> None:
    circle = forced(
        design(*(code(name, TAKES_TEXT) for name in "abcd")), edge("a.out", "b.text"), edge("b.out", "a.text")
    )
    further = [edge("b.out", "c.text"), edge("c.out", "d.text")]
    assert refused(forced(circle, *further), *further) is None
    assert refused(forced(circle, further[0]), further[0]) is None


def test_only_the_ends_of_an_edge_and_what_they_review_are_wired(monkeypatch: pytest.MonkeyPatch) -> None:
    wired: list[str] = []

    def spied(drawn: Design) -> Wiring:
        wired.extend(drawn.tasks)
        return Wiring(drawn)

    monkeypatch.setattr(connecting, "Wiring", spied)
    drawn = design(*(code(f"t{number}", TAKES_TEXT) for number in range(20)), review("r", "t3"), review("s", "r"))
    wired.clear()
    refuse_edges(forced(drawn, edge("s.out", "t7.text")), [edge("s.out", "t7.text")])
    assert sorted(wired) == ["r", "s", "t3", "t7"]


def test_tasks_in_knots_are_those_in_a_cycle_or_between_two() -> None:
    followers = {"a": ["b"], "b": ["a", "c"], "c": ["d"], "d": ["e"], "e": ["d", "f"], "f": [], "g": ["a"]}
    assert in_knots(followers) == {"a", "b", "c", "d", "e"}
    assert in_knots({"a": ["b"], "b": []}) == set()


@pytest.mark.parametrize("seed", range(30))
def test_marks_reach_every_task_that_leads_to_what_is_marked(seed: int) -> None:
    random = Random(seed)
    names = [f"t{number}" for number in range(8)]
    followers = {name: [other for other in names if random.random() < 0.2] for name in names}
    marks = {name: 1 << number for number, name in enumerate(names)}
    found = marks_ahead(followers, marks)
    for name in names:
        reached, waiting = set[str](), [name]
        while waiting:
            more = [one for one in followers[waiting.pop()] if one not in reached]
            reached.update(more)
            waiting += more
        assert found[name] == sum(marks[one] for one in reached), (name, in_order(followers))
