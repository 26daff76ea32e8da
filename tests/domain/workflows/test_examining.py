"""Examining what has changed gives the same as examining all of it."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.workflows import operations as ops
from domain.workflows.checks import Facts, OutsideFinding, examine
from domain.workflows.design import Design, Place
from domain.workflows.editing import edit
from domain.workflows.wiring import Wiring
from tests.domain.workflows.drawn import code, design, edge, link, review, takes, variable
from tests.domain.workflows.random_edits import drawn, operations, random_design

BEGUN = design(
    takes("x"),
    code("a", (variable("x"),), (variable("y"), variable("z"))),
    code("b", (variable("y"), variable("z", required=False)), (variable("z"),)),
    review("c", "b"),
    link("inputs.x", "a.x"),
    link("a.y", "b.y"),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.just(Design()) | st.randoms(use_true_random=False).map(random_design),
    st.lists(operations, min_size=5, max_size=15),
    st.data(),
)
def test_what_is_examined_step_by_step_is_the_same_as_what_is_examined_at_once(
    start: Design, edits: list[ops.Operation], data: st.DataObject
) -> None:
    states = [examine(start)]
    now = start
    for operation in edits:
        now = drawn(now, operation)
        earlier = data.draw(st.sampled_from(states))
        states.append(examine(now, before=states[-1]))
        assert states[-1].checks == examine(now).checks
        assert states[-1].checks == examine(now, before=earlier).checks


def test_what_has_not_changed_is_shared_and_not_looked_at_again() -> None:
    before = examine(BEGUN)
    moved = edit(BEGUN, [ops.MoveTask(task="a", place=Place(x=1.0, y=2.0))])[1]
    after = examine(moved, before=before)
    assert after.wiring.tasks["b"] is before.wiring.tasks["b"]
    assert after.tasks["b"] is before.tasks["b"]
    assert after.tasks["a"] is not before.tasks["a"]
    assert after.whole is before.whole
    assert after.wiring.ways is before.wiring.ways


def test_a_review_is_wired_anew_when_what_it_reviews_gives_something_else() -> None:
    before = Wiring(BEGUN)
    given = code("b", (variable("y"),), (variable("other"),))
    later = Wiring(edit(BEGUN, [ops.ConfigureTask(task="b", config=given.config)])[1], before)
    assert [one.name for one in later.tasks["c"].given or ()] == ["other"]
    assert [one.name for one in before.tasks["c"].given or ()] == ["z"]


def test_reviews_in_a_circle_give_nothing_that_is_known() -> None:
    circle = Wiring(design(review("a", "b"), review("b", "c"), review("c", "b"), code("d"), review("e", "d")))
    assert [circle.tasks[name].given for name in "abc"] == [None, None, None]
    assert [one.name for one in circle.tasks["e"].given or ()] == ["out"]


def test_facts_are_never_kept() -> None:
    found = Facts(findings=[OutsideFinding(task="a", path="code", message="odd")])
    before = examine(BEGUN, found)
    assert "CODE_REFUSED" in [one.code for one in before.checks]
    assert "CODE_REFUSED" not in [one.code for one in examine(BEGUN, before=before).checks]


def test_an_edge_that_goes_and_comes_back_is_examined_anew() -> None:
    before = examine(BEGUN)
    wrong = drawn(BEGUN, ops.ConnectEdge(edge=edge("a.gone", "b.z")))
    during = examine(wrong, before=before)
    assert [one.place for one in during.checks if one.code == "VARIABLE_UNKNOWN"] == ["tasks.b.inputs.z"]
    assert examine(BEGUN, before=during).checks == before.checks
