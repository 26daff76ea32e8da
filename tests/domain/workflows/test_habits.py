"""The habits of good workflows: what is told of a workflow that runs and could be better, and what is not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from domain.kinds import KINDS
from domain.kinds.registry import _KINDS
from domain.types import ListType, NumberType, ObjectType, TextType, ValueType
from domain.workflows import operations as ops
from domain.workflows.checks import Facts, KnownCredential, check, examine
from domain.workflows.design import Design
from domain.workflows.editing import edit
from tests.domain.workflows.drawn import (
    NUMBER,
    TEXT,
    code,
    codes,
    decision,
    design,
    gives,
    link,
    only,
    review,
    takes,
    variable,
)
from tests.domain.workflows.own_kinds import Call, SignOff

TAKES_TEXT = (variable("text"),)


def warned(drawn: Design) -> list[str]:
    return codes(drawn, "warning")


def export(name: str, **policy: Any) -> ops.AddTask:
    made = code(name, TAKES_TEXT, **policy)
    place = {"target": "url", "url": "https://example.org/x.csv"}
    config = {"format": "csv", **place, "inputs": made.config["inputs"]}
    return made.model_copy(update={"kind": "export_data", "config": config})


def row(count: int) -> list[ops.Operation]:
    names = [f"t{number}" for number in range(count)]
    tasks = [code(name, TAKES_TEXT) for name in names]
    return [*tasks, *(link(f"{one}.out", f"{other}.text") for one, other in itertools.pairwise(names))]


# A row of tasks.


def test_more_than_seven_tasks_in_a_row_are_one_warning_that_names_the_row() -> None:
    found = only(design(*row(8)), "CHAIN_LONG")
    assert (found.place, found.task) == ("tasks.t0", "t0")
    assert found.found == "8: t0 → t1 → t2 → t3 → t4 → t5 → t6 → t7"


def test_seven_tasks_in_a_row_are_not_many() -> None:
    assert "CHAIN_LONG" not in warned(design(*row(7)))


def test_a_row_ends_where_something_leads_in_or_out() -> None:
    assert "CHAIN_LONG" not in warned(design(*row(8), code("side", TAKES_TEXT), link("t3.out", "side.text")))
    assert "CHAIN_LONG" not in warned(design(*row(8), code("side"), link("side.done", "t4")))


def test_what_undoes_a_task_is_no_part_of_a_row() -> None:
    undo: list[ops.Operation] = [code("undo", TAKES_TEXT, compensates="t3"), link("t3.out", "undo.text")]
    assert "CHAIN_LONG" in warned(design(*row(8), *undo))


# Two tasks with many links.


def linked(count: int) -> Design:
    names = [f"x{number}" for number in range(count)]
    variables = tuple(variable(name) for name in names)
    return design(
        code("a", (), variables),
        code("b", variables),
        *(link(f"a.{name}", f"b.{name}") for name in names),
        link("a.done", "b"),
    )


def test_two_tasks_with_more_than_five_links_are_a_warning() -> None:
    found = only(linked(6), "ENTANGLED")
    assert (found.task, found.found) == ("b", "6")


def test_five_links_and_an_order_are_not_many() -> None:
    assert "ENTANGLED" not in warned(linked(5))


def test_what_undoes_a_task_may_need_all_it_gave() -> None:
    drawn = edit(linked(6), [ops.SetTaskPolicy(task="b", compensates="a")])[1]
    assert "ENTANGLED" not in warned(drawn)


# An input that many tasks take.


def fed(*tasks: str, required: bool = True) -> list[ops.Operation]:
    return [takes("x", required=required), *(link("inputs.x", f"{name}.text") for name in tasks)]


def test_an_input_that_more_than_three_tasks_take_as_it_comes_is_a_warning() -> None:
    drawn = design(*(code(name, TAKES_TEXT) for name in "abcd"), *fed(*"abcd"))
    found = only(drawn, "INPUTS_UNCHECKED")
    assert (found.place, found.found) == ("inputs.x", "4 tasks that take it as it comes: a, b, c, d")


def test_three_tasks_and_an_input_that_may_be_missing_are_passed_over() -> None:
    assert "INPUTS_UNCHECKED" not in warned(design(*(code(name, TAKES_TEXT) for name in "abc"), *fed(*"abc")))
    optional = (variable("text", required=False),)
    drawn = design(*(code(name, optional) for name in "abcd"), *fed(*"abcd", required=False))
    assert "INPUTS_UNCHECKED" not in warned(drawn)


def test_a_decision_on_the_input_or_code_before_all_others_checks_it() -> None:
    others = [code(name, TAKES_TEXT) for name in "bcd"]
    decided = design(decision("a", variable("text")), *others, *fed(*"abcd"))
    assert "INPUTS_UNCHECKED" not in warned(decided)
    first = design(code("a", TAKES_TEXT), *others, *fed(*"abcd"), link("a.done", "b"), link("b.done", "c"))
    assert "INPUTS_UNCHECKED" in warned(first)
    assert "INPUTS_UNCHECKED" not in warned(edit(first, [link("a.done", "d")])[1])


# Effects.


def test_an_effect_that_nobody_has_decided_is_a_warning() -> None:
    drawn = design(takes("x"), export("send"), link("inputs.x", "send.text"))
    assert only(drawn, "UNGUARDED_EFFECT").place == "tasks.send"


@pytest.mark.parametrize("route", ["d.true", "r.accepted"])
def test_a_decision_or_a_review_before_an_effect_guards_it_also_through_others(route: str) -> None:
    ways = [code("a"), decision("d", variable("x", required=False)), review("r", "a"), code("then", TAKES_TEXT)]
    drawn = design(*ways, takes("x"), link("inputs.x", "then.text"), link(route, "then"))
    drawn = edit(drawn, [export("send"), link("then.out", "send.text")])[1]
    assert "UNGUARDED_EFFECT" not in warned(drawn)


def test_each_of_the_ways_to_an_effect_must_be_guarded() -> None:
    ways = [code("a"), decision("d", variable("x", required=False)), review("r", "a"), export("send", join="any")]
    both = design(*ways, takes("x"), link("inputs.x", "send.text"), link("d.true", "send"), link("r.accepted", "send"))
    assert "UNGUARDED_EFFECT" not in warned(both)
    assert "UNGUARDED_EFFECT" in warned(edit(both, [link("a.done", "send")])[1])


def test_the_value_of_a_decision_and_the_failure_of_a_review_guard_nothing() -> None:
    flag = {"name": "flag", "type": {"type": "bool"}}
    config = {"format": "csv", "target": "url", "url": "https://example.org/x.csv", "inputs": [flag]}
    by_value = ops.AddTask(task="send", kind="export_data", config=config)
    drawn = design(decision("d", variable("x", required=False)), by_value, link("d.final_decision", "send.flag"))
    assert "UNGUARDED_EFFECT" in warned(drawn)
    failed = design(code("a"), review("r", "a", on_error="error_route"), export("send"), link("r.error", "send"))
    assert "UNGUARDED_EFFECT" in warned(failed)


def test_what_undoes_a_task_needs_no_decision() -> None:
    drawn = design(code("a"), export("undo", compensates="a"), link("a.out", "undo.text"))
    assert "UNGUARDED_EFFECT" not in warned(drawn)


@pytest.fixture
def own_kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for kind in (SignOff(), Call()):
        monkeypatch.setitem(_KINDS, kind.name, kind)
    yield
    monkeypatch.undo()
    assert "call" not in KINDS


def test_a_task_in_which_a_person_decides_and_which_acts_is_a_warning(own_kinds: None) -> None:
    drawn = design(ops.AddTask(task="sign", kind="human_sign_off"), ops.AddTask(task="ring", kind="call"))
    assert only(drawn, "TWO_THINGS").task == "sign"
    assert "UNGUARDED_EFFECT" not in warned(design(ops.AddTask(task="sign", kind="human_sign_off")))
    assert "TWO_THINGS" not in warned(design(code("a"), review("r", "a"), export("send")))


def test_a_credential_must_be_there_and_tested(own_kinds: None) -> None:
    drawn = design(ops.AddTask(task="ring", kind="call", config={"credential": "bank"}))

    def told(kind: str = "bearer", **known: bool) -> list[tuple[str, str]]:
        credentials = {name: KnownCredential(kind, tested) for name, tested in known.items()}
        found = examine(drawn, Facts(credentials=credentials)).checks
        return [(one.code, one.severity) for one in found if one.code.startswith("CREDENTIAL")]

    assert told() == [("CREDENTIAL_UNKNOWN", "error")]
    assert told(bank=False) == [("CREDENTIAL_UNTESTED", "warning")]
    assert told(bank=True) == []
    assert told("smtp", bank=True) == [("CREDENTIAL_MISFIT", "error")]
    assert "CREDENTIAL_UNKNOWN" not in codes(drawn)


# Types that may not fit.

POSITIVE = NumberType(minimum=0)
CHOICE = TextType(choices=("a", "b"))


def given(source: ValueType, wanted: ValueType, **declared: Any) -> Design:
    return design(
        takes("x"),
        code("a", TAKES_TEXT, (variable("out", source, **declared),)),
        code("b", (variable("in", wanted),)),
        link("inputs.x", "a.text"),
        link("a.out", "b.in"),
        gives("y"),
        link("b.out", "outputs.y"),
    )


def test_a_type_that_may_not_fit_is_a_warning_and_its_source_is_narrowed() -> None:
    drawn = given(NUMBER, POSITIVE)
    found = only(drawn, "TYPE_MAY_DIFFER")
    assert (found.severity, found.place, found.found) == ("warning", "tasks.b.inputs.in", "perhaps a number under 0")
    assert found.repair is not None
    assert check(edit(drawn, found.repair)[1]) == []


def test_a_type_that_always_fits_is_passed_over() -> None:
    assert check(given(POSITIVE, NUMBER)) == []


def test_an_input_of_the_workflow_is_narrowed_where_its_default_allows_it() -> None:
    wanted = code("a", (variable("in", CHOICE),))
    drawn = design(takes("x"), wanted, link("inputs.x", "a.in"))
    assert only(drawn, "TYPE_MAY_DIFFER").repair == (ops.DeclareInput(input=variable("x", CHOICE)),)
    other = edit(drawn, [ops.DeclareInput(input=variable("x", TEXT, default="c"))])[1]
    assert only(other, "TYPE_MAY_DIFFER").repair is None


def test_where_both_types_know_something_of_their_own_neither_is_taken_for_the_other() -> None:
    assert only(given(NumberType(maximum=5), POSITIVE), "TYPE_MAY_DIFFER").repair is None


def test_items_that_are_gathered_are_each_compared() -> None:
    drawn = design(
        code("a", (), (variable("out", NUMBER),)),
        code("b", (variable("in", ListType(items=POSITIVE)),)),
        ops.SetTaskInput.model_validate({"task": "b", "input": "in", "setting": {"gather": True}}),
        link("a.out", "b.in"),
    )
    assert only(drawn, "TYPE_MAY_DIFFER").found == "perhaps a number under 0"


def test_what_the_type_of_is_open_may_be_anything() -> None:
    giving, taking = code("a", (), (variable("out", ObjectType()),)), code("b", (variable("in", TEXT),))
    drawn = design(giving, taking, link("a.out.x", "b.in"))
    found = only(drawn, "TYPE_MAY_DIFFER")
    assert (found.found, found.repair) == ("perhaps anything", None)
