"""A for-each as it is designed: types one step apart, its routes, its file, what is compiled."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from domain.graph import ITEMS_AT_ONCE_MAX, Given
from domain.graph import ForEach as Compiled
from domain.types import ListType, ObjectField, ObjectType
from domain.workflows import operations as ops
from domain.workflows.compile import compile_design
from domain.workflows.design import Design, ForEach, InputSetting
from domain.workflows.differences import edits_between
from domain.workflows.events import TaskPolicySet
from domain.workflows.portable import WorkflowFileRefused, write_workflow
from domain.workflows.reading import read_workflow
from domain.workflows.refusals import EdgeTypesDiffer
from tests.domain.workflows.drawn import (
    NUMBER,
    TEXT,
    code,
    codes,
    decision,
    design,
    edge,
    forced,
    gives,
    link,
    only,
    review,
    takes,
    variable,
)

TEXTS, NUMBERS = ListType(items=TEXT), ListType(items=NUMBER)
OVER = ForEach(input="text")


def drawn(*more: ops.Operation, out: Any = TEXTS, **policy: Any) -> Design:
    """A code task that makes a text of each text of a list."""
    each = code("each", (variable("text"),), for_each=OVER, **policy)
    return design(
        takes("texts", TEXTS),
        each,
        gives("y", out),
        link("inputs.texts", "each.text"),
        link("each.out", "outputs.y"),
        *more,
    )


def test_a_list_goes_in_and_a_list_comes_out() -> None:
    assert codes(drawn()) == []
    [task] = compile_design(drawn()).tasks
    assert task.for_each == Compiled(input="text")
    assert (task.inputs[0].type, task.outputs[0].type) == (TEXT, TEXT)
    assert (task.taken[0].type, task.given[0].type) == (TEXTS, TEXTS)


def test_an_item_itself_is_refused_where_a_list_is_wanted() -> None:
    with pytest.raises(EdgeTypesDiffer, match=r"Expected a list of text for each.text, but inputs.one gives text."):
        drawn(takes("one"), link("inputs.one", "each.text"))
    with pytest.raises(EdgeTypesDiffer, match=r"Expected text for outputs.y, but each.out gives a list"):
        drawn(out=TEXT)


def test_the_items_of_a_list_must_fit() -> None:
    with pytest.raises(EdgeTypesDiffer, match="a list with a number in it"):
        drawn(takes("numbers", NUMBERS), link("inputs.numbers", "each.text"))


def test_an_output_that_may_be_missing_is_a_list_of_anything() -> None:
    each = code("each", (variable("text"),), (variable("out", required=False),), for_each=OVER)
    graph = compile_design(design(takes("texts", TEXTS), each, link("inputs.texts", "each.text")))
    assert graph.tasks[0].given[0].type == ListType()


def test_what_items_gave_is_linked_whole() -> None:
    whole = ObjectType(fields=(ObjectField(name="net", type=NUMBER),))
    each = code("each", (variable("text"),), (variable("out", whole),), for_each=OVER)
    loose = forced(
        design(takes("texts", TEXTS), each, gives("y", NUMBER), link("inputs.texts", "each.text")),
        edge("each.out.net", "outputs.y"),
    )
    assert "to be linked whole" in only(loose, "VARIABLE_UNKNOWN").message


def test_the_routes_of_the_kind_are_not_there() -> None:
    ask = decision("each", variable("text"), for_each=OVER)
    follower = design(takes("texts", TEXTS), ask, code("b"), link("inputs.texts", "each.text"), link("each.true", "b"))
    assert "a route of each (done, error)" in only(follower, "ROUTE_UNKNOWN").message
    assert compile_design(follower).tasks[0].routes == ("true", "false")
    done = design(takes("texts", TEXTS), ask, code("b"), link("inputs.texts", "each.text"), link("each.done", "b"))
    assert codes(done) == []


def test_a_for_each_over_no_input_is_told_with_its_repair() -> None:
    lost = design(code("each", for_each=ForEach(input="gone")))
    found = only(lost, "VARIABLE_UNKNOWN")
    assert found.message == "Expected an input of each to run over (it has none) for tasks.each.for_each, but got gone."
    assert found.repair is not None
    repaired = design(code("each", for_each=ForEach(input="gone")), *found.repair)
    assert repaired.tasks["each"].policy.for_each is None


def test_all_that_is_reviewed_is_no_list_to_run_over() -> None:
    judged = design(code("a"), review("look", "a", for_each=ForEach(input="reviewed")))
    assert only(judged, "VARIABLE_UNKNOWN").place == "tasks.look.for_each"


def test_a_review_of_a_for_each_judges_its_lists() -> None:
    judged = drawn(review("look", "each"), gives("z", TEXTS), link("look.out", "outputs.z"))
    graph = compile_design(judged)
    assert {each.name: each.type for each in graph.named["look"].outputs} == {"out": TEXTS}


def test_a_review_for_each_of_a_list_is_followed_by_no_route() -> None:
    shown = {
        "reviews": "a",
        "assignment": {"roles": ["reviewer"]},
        "inputs": [variable("text").model_dump(mode="json")],
    }
    look = ops.AddTask(task="look", kind="human_review", config=shown).model_copy(
        update={"policy": code("x", for_each=OVER).policy}
    )
    judged = design(
        takes("texts", TEXTS),
        code("a"),
        look,
        code("b", (variable("in", TEXTS),)),
        link("inputs.texts", "look.text"),
        link("look.out", "b.in"),
    )
    assert "REVIEW_NOT_FOLLOWED" not in codes(judged, "warning")


def test_a_constant_and_a_gather_bring_a_list_too() -> None:
    each = code("each", (variable("text"),), for_each=OVER)
    constant = ops.SetTaskInput(task="each", input="text", setting=InputSetting(constant=Given(value=["a"])))
    assert codes(design(each, constant)) == []
    wrong = ops.SetTaskInput(task="each", input="text", setting=InputSetting(constant=Given(value="a")))
    assert codes(design(each, wrong)) == ["TYPE_MISMATCH"]
    gather = ops.SetTaskInput(task="each", input="text", setting=InputSetting(gather=True))
    assert (
        codes(
            design(takes("x"), takes("y"), each, gather, link("inputs.x", "each.text"), link("inputs.y", "each.text"))
        )
        == []
    )


def test_a_default_for_one_item_is_none_for_the_list() -> None:
    each = code("each", (variable("text", default="x"),), for_each=OVER)
    assert codes(design(each)) == ["INPUT_WITHOUT_SOURCE"]


@pytest.mark.parametrize("limit", [0, ITEMS_AT_ONCE_MAX + 1])
def test_the_limit_has_a_limit(limit: int) -> None:
    with pytest.raises(ValidationError):
        ForEach(input="x", at_once_max=limit)


def test_it_is_set_and_ended_by_an_edit() -> None:
    asked = ops.SetTaskPolicy(task="each", for_each=ForEach(input="text", at_once_max=3))
    once = design(code("each", (variable("text"),)))
    [changed] = edits_between(once, design(code("each", (variable("text"),)), asked))
    assert changed == ops.SetTaskPolicy(task="each", join="all", on_error="fail_job", for_each=asked.for_each)
    ended = design(code("each", (variable("text"),)), asked, ops.SetTaskPolicy(task="each", for_each=None))
    assert ended.tasks == once.tasks
    event = TaskPolicySet(task="each", policy=ended.tasks["each"].policy)
    assert "for_each" not in event.model_dump()["policy"]


def test_a_file_says_it_in_a_word_or_in_full() -> None:
    for over in (OVER, ForEach(input="text", at_once_max=3, on_item_error="leave_out")):
        each = code("each", (variable("text"),), for_each=over)
        whole = design(takes("texts", TEXTS), each, link("inputs.texts", "each.text"))
        content = write_workflow("Each", whole)
        short = over is OVER
        assert content["tasks"]["each"]["for_each"] == (
            "text" if short else {"input": "text", "at_once_max": 3, "on_item_error": "leave_out"}
        )
        assert design(*read_workflow(content).operations) == whole


def test_what_a_file_says_wrongly_is_told_with_its_place() -> None:
    content = write_workflow("Each", drawn())
    content["tasks"]["each"]["for_each"] = {"input": "text", "at_once": 3}
    with pytest.raises(WorkflowFileRefused) as refused:
        read_workflow(content)
    [detail] = refused.value.details
    assert (detail.path, detail.found) == ("tasks.each.for_each.at_once", '"at_once"; did you mean at_once_max?')
