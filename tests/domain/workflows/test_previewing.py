"""What a preview runs: the draft, up to a task or one task alone, with what is pinned in place of what is performed."""

from __future__ import annotations

from typing import Any

import pytest

from domain.graph import ForEach, Given, Graph
from domain.types import ListType, ObjectField, ObjectType, TextType, check, read_type
from domain.values import BLOB
from domain.workflows import operations as ops
from domain.workflows.checks import check as checks
from domain.workflows.design import Design, InputSetting, Pinned
from domain.workflows.design import ForEach as EachOf
from domain.workflows.previewing import (
    PreviewHasErrors,
    compile_preview,
    cut,
    pinned_in,
    refuse_errors,
    route_shown,
    samples,
    stand_ins,
)
from domain.workflows.refusals import TaskUnknown
from domain.workflows.samples import sample_of
from tests.domain.workflows.drawn import (
    NUMBER,
    TEXT,
    code,
    decision,
    design,
    edge,
    gives,
    link,
    review,
    takes,
    variable,
)

TEXTS = ListType(items=TEXT)
DRAFT = design(
    takes("x"),
    takes("y"),
    gives("end", required=True),
    gives("early"),
    code("a", (variable("in_a"),)),
    code("b", (variable("in_b"),)),
    review("judge", "b"),
    code("c", (variable("in_c"), variable("more", required=False))),
    code("broken", (variable("never_fed"),)),
    link("inputs.x", "a.in_a"),
    link("a.out", "b.in_b"),
    link("judge.out", "c.in_c"),
    link("inputs.y", "c.more"),
    link("a.out", "outputs.early"),
    link("c.out", "outputs.end"),
)


def pinned(drawn: Design, task: str, **outputs: Any) -> Design:
    return drawn.with_task(drawn.tasks[task].model_copy(update={"pinned": Pinned(outputs=outputs)}))


def test_nothing_is_cut_from_a_whole_draft() -> None:
    assert cut(DRAFT) is DRAFT
    with pytest.raises(PreviewHasErrors) as refused:
        refuse_errors(checks(DRAFT), DRAFT)
    assert refused.value.facts == {"count": 1, "place": "tasks.broken.inputs.never_fed"}


def test_up_to_a_task_what_leads_to_it_is_left_and_the_rest_may_be_broken() -> None:
    part = cut(DRAFT, until="judge")
    assert list(part.tasks) == ["a", "b", "judge"]
    assert list(part.edges) == [edge("inputs.x", "a.in_a"), edge("a.out", "b.in_b"), edge("a.out", "outputs.early")]
    assert list(part.inputs) == ["x"]
    assert list(part.outputs) == ["early"]
    refuse_errors(checks(part), part)


def test_what_a_part_does_not_bring_is_not_asked_of_it() -> None:
    both = design(
        takes("x"),
        gives("end", required=True),
        decision("sure", variable("value")),
        code("a"),
        code("b"),
        link("inputs.x", "sure.value"),
        link("sure.true", "a"),
        link("sure.false", "b"),
        link("a.out", "outputs.end"),
        link("b.out", "outputs.end"),
    )
    part = cut(both, until="a")
    assert list(part.edges) == [edge("inputs.x", "sure.value"), edge("sure.true", "a"), edge("a.out", "outputs.end")]
    assert not part.outputs["end"].variable.required


def test_nothing_leads_to_a_pinned_task_of_a_part_and_its_errors_stand_against_nothing() -> None:
    part = cut(pinned(DRAFT, "b", out="fixed"), until="c")
    assert list(part.tasks) == ["b", "judge", "c"]
    assert list(part.inputs) == ["y"]
    assert [one.task for one in checks(part) if one.severity == "error"] == ["b"]
    refuse_errors(checks(part), part)
    graph = compile_preview(part, is_cut=True)
    assert graph.named["b"].inputs == ()
    assert {edge.target for edge in graph.edges} == {"judge", "c", None}
    assert "fixed" not in graph.model_dump_json()


def test_the_task_itself_is_performed_though_it_is_pinned_and_though_it_undoes_another() -> None:
    undoing = design(
        takes("x"), code("a"), code("undo", (variable("was"),), compensates="a"), link("a.out", "undo.was")
    )
    part = cut(pinned(undoing, "undo", out="fixed"), until="undo")
    assert pinned_in(part) == {}
    assert part.tasks["undo"].policy.compensates is None
    assert list(part.tasks) == ["a", "undo"]


def test_a_pinned_review_still_has_what_it_judges() -> None:
    part = cut(pinned(DRAFT, "judge", out="fixed"), until="c")
    assert list(part.tasks) == ["a", "b", "judge", "c"]
    graph = compile_preview(part, is_cut=True)
    assert [edge.target for edge in graph.edges if edge.target == "judge"] == []
    assert graph.named["judge"].outputs == graph.named["b"].outputs


def test_the_inputs_of_a_task_alone_become_the_workflows() -> None:
    part = cut(DRAFT, alone="c")
    assert list(part.tasks) == ["c"]
    assert [(name, one.required) for name, one in part.inputs.items()] == [("in_c", True), ("more", False)]
    assert list(part.edges) == [edge("inputs.in_c", "c.in_c"), edge("inputs.more", "c.more")]
    assert part.outputs == {}
    refuse_errors(checks(part), part)


def test_constants_stay_gathers_are_given_whole_and_samples_come_from_the_input_that_feeds() -> None:
    drawn = design(
        ops.DeclareInput(input=variable("x").model_copy(update={"sample": Given(value="like this")})),
        code("a", (variable("given"), variable("fixed"), variable("all", TEXTS))),
        link("inputs.x", "a.given"),
        ops.SetTaskInput(task="a", input="fixed", setting=InputSetting(constant=Given(value="always"))),
        ops.SetTaskInput(task="a", input="all", setting=InputSetting(gather=True)),
        link("inputs.x", "a.all"),
    )
    part = cut(drawn, alone="a")
    assert list(part.inputs) == ["given", "all"]
    assert part.tasks["a"].settings == {"fixed": InputSetting(constant=Given(value="always"))}
    assert samples(part.inputs, []) == {"given": "like this"}
    assert samples(part.inputs, ["given", "all"]) == {}


def test_a_for_each_alone_is_given_the_list() -> None:
    drawn = design(code("a", (variable("line"),), for_each=EachOf(input="line")))
    assert cut(drawn, alone="a").inputs["line"].type == TEXTS


def test_of_a_review_alone_what_it_judges_stays_beside_it() -> None:
    part = cut(DRAFT, alone="judge")
    assert list(part.tasks) == ["b", "judge"]
    assert (list(part.inputs), list(part.edges)) == ([], [])
    assert stand_ins(part, "judge") == ["b"]
    part = pinned(part, "b", out="as it was")
    refuse_errors(checks(part), part)
    assert compile_preview(part, is_cut=True).named["judge"].reviews == "b"


def test_a_task_that_is_not_there_is_refused() -> None:
    for asked in ({"until": "nobody"}, {"alone": "nobody"}, {"until": ""}, {"alone": ""}):
        with pytest.raises(TaskUnknown):
            cut(DRAFT, **asked)


def test_a_pinned_for_each_is_one_run_whose_outputs_are_lists() -> None:
    drawn = design(
        takes("xs", TEXTS),
        code("a", (variable("line"),), for_each=EachOf(input="line")),
        link("inputs.xs", "a.line"),
    )
    graph = compile_preview(pinned(drawn, "a", out=["1", "2"]), is_cut=False)
    task = graph.named["a"]
    assert task.for_each is None
    assert (task.inputs[0].type, task.outputs[0].type) == (TEXTS, TEXTS)
    assert compile_preview(drawn, is_cut=False).named["a"].for_each == ForEach(input="line")


def test_a_pinned_decision_takes_the_route_that_its_outputs_say() -> None:
    graph: Graph = compile_preview(
        design(takes("x"), decision("d", variable("x")), link("inputs.x", "d.x"), code("a")), is_cut=False
    )
    said = {outcome: route_shown(graph.named["d"], {"final_decision": outcome}) for outcome in (True, False, None)}
    assert said == {True: "true", False: "false", None: "true"}
    assert route_shown(graph.named["a"], {}) is None


@pytest.mark.parametrize(
    "form",
    [
        {"type": "str"},
        {"type": "str", "length_min": 12, "length_max": 14},
        {"type": "str", "length_max": 2},
        {"type": "str", "choices": ["red", "green"]},
        {"type": "float", "minimum": 3, "maximum": 4},
        {"type": "float", "maximum": -2.5},
        {"type": "decimal", "minimum": "0.01"},
        {"type": "bool"},
        {"type": "date"},
        {"type": "object", "fields": [{"name": "a", "type": {"type": "float"}}]},
        {"type": "array", "items": {"type": "array", "items": {"type": "str"}}},
        {"type": "file", "kinds": ["image/*"]},
        {"type": "file", "kinds": ["text/*"]},
        {"type": "array_files"},
        {"type": "json_string"},
    ],
)
def test_a_sample_fits_the_type_it_is_made_for(form: dict[str, Any]) -> None:
    declared = read_type(form)
    assert check(declared, sample_of(declared, _file), "it") == []


def test_a_sample_of_a_pattern_may_not_fit() -> None:
    declared = TextType(pattern="[0-9]+")
    assert check(declared, sample_of(declared, _file), "it") != []
    assert sample_of(ObjectType(fields=(ObjectField(name="n", type=NUMBER),)), _file) == {"n": 0}


def _file(media_type: str) -> Any:
    return {"name": "sample", "content": {BLOB: {"v": 1, "hash": "ab" * 32, "size": 0, "type": media_type}}}
