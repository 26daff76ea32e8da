"""Links that are proposed: what speaks for them, and what is never proposed."""

from __future__ import annotations

from random import Random

import pytest

from domain.types import DateType, FileType, NumberType
from domain.workflows import operations as ops
from domain.workflows.checks import check
from domain.workflows.design import Design, InputSetting
from domain.workflows.editing import edit
from domain.workflows.linking import LinkNotProposed, NothingToLink, linked, proposals
from domain.workflows.wiring import Wiring
from tests.domain.workflows.drawn import DECIMAL, FILE, NUMBER, code, design, edge, link, review, takes, variable
from tests.domain.workflows.random_edits import random_design

TAKES_TEXT = (variable("text"),)


def said(drawn: Design, *tasks: str) -> list[tuple[str, str]]:
    return [(one.edge.text, one.why) for one in proposals(Wiring(drawn), tasks or None)]


def test_the_same_name_and_a_type_that_fits_is_proposed() -> None:
    drawn = design(takes("text"), code("a", TAKES_TEXT))
    assert said(drawn) == [("inputs.text → a.text", "name_and_type")]


def test_of_several_of_the_name_the_nearest_is_proposed_and_one_that_always_fits_before_it() -> None:
    giving = [code(name, (), (variable("text"),)) for name in ("a", "b")]
    assert said(design(takes("text"), *giving, code("c", TAKES_TEXT))) == [("b.text → c.text", "name_and_type")]
    at_most = (variable("total", NumberType(maximum=10)),)
    drawn = design(code("a", (), at_most), code("b", (), (variable("total", NUMBER),)), code("c", at_most))
    assert said(drawn) == [("a.total → c.total", "name_and_type")]


def test_words_that_names_have_in_common_are_proposed() -> None:
    drawn = design(code("read", (), (variable("invoice_total", DECIMAL),)), code("pay", (variable("total", DECIMAL),)))
    assert said(drawn) == [("read.invoice_total → pay.total", "name")]


def test_a_type_that_only_one_source_has_is_proposed_but_never_one_that_many_have() -> None:
    drawn = design(takes("scan", FILE), takes("note"), code("a", (variable("document", FILE), variable("remark"))))
    assert said(drawn) == [("inputs.scan → a.document", "only_type")]
    two = edit(drawn, [takes("photo", FILE)])[1]
    assert said(two) == []


def test_a_type_that_never_fits_is_not_proposed() -> None:
    drawn = design(
        takes("due", DateType()), takes("f", FileType(kinds=("text/csv",))), code("a", (variable("due", NUMBER),))
    )
    assert said(drawn) == []


def test_what_stands_behind_the_task_or_a_review_is_not_proposed() -> None:
    behind = design(code("a", TAKES_TEXT), code("b", TAKES_TEXT, (variable("text"),)), link("a.out", "b.text"))
    assert said(behind) == []
    reviewed = design(code("a", (), (variable("text"),)), review("r", "a"), code("b", TAKES_TEXT))
    assert said(reviewed) == [("r.text → b.text", "name_and_type")]


def test_what_has_a_source_or_a_constant_or_undoes_something_is_left_alone() -> None:
    drawn = design(takes("text"), code("a", TAKES_TEXT), code("b", TAKES_TEXT), code("u", TAKES_TEXT, compensates="a"))
    setting = InputSetting.model_validate({"constant": {"value": "x"}})
    fed: list[ops.Operation] = [
        link("inputs.text", "a.text"),
        ops.SetTaskInput(task="b", input="text", setting=setting),
    ]
    assert said(edit(drawn, fed)[1]) == []


def test_proposals_can_be_asked_for_some_tasks() -> None:
    drawn = design(takes("text"), code("a", TAKES_TEXT), code("b", TAKES_TEXT))
    assert said(drawn, "b") == [("inputs.text → b.text", "name_and_type")]


@pytest.mark.parametrize("seed", range(30))
def test_all_proposals_together_can_be_connected_and_each_feeds_what_had_no_source(seed: int) -> None:
    drawn = random_design(Random(seed))
    drawn = drawn.with_edges(one for one in drawn.edges if Random(one.text).random() < 0.5)
    if "CYCLE" in [one.code for one in check(drawn)]:
        return
    found = proposals(Wiring(drawn))
    ends = [(one.edge.target, one.edge.input) for one in found]
    assert len(set(ends)) == len(ends)
    assert not {(one.target, one.input) for one in drawn.edges} & set(ends)
    events, later = edit(drawn, [one.operation for one in found])
    assert len(events) == len(found)
    told = {"CYCLE", "TYPE_MISMATCH", "VARIABLE_UNKNOWN", "USED_BESIDE_REVIEW"}
    before = [one for one in check(drawn) if one.code in told]
    assert [one for one in check(later) if one.code in told and one not in before] == []


def test_those_by_name_and_type_are_linked_unless_others_are_named() -> None:
    drawn = design(takes("text"), takes("scan", FILE), code("a", (variable("text"), variable("file", FILE))))
    assert [one.edge for one in linked(Wiring(drawn))] == [edge("inputs.text", "a.text")]
    by_type = edge("inputs.scan", "a.file")
    assert [one.edge for one in linked(Wiring(drawn), [by_type])] == [by_type]


def test_a_link_that_is_not_proposed_is_refused_and_one_that_is_there_already_is_not() -> None:
    drawn = design(takes("text"), code("a", TAKES_TEXT), link("inputs.text", "a.text"))
    assert linked(Wiring(drawn), [edge("inputs.text", "a.text")]) == []
    with pytest.raises(LinkNotProposed, match=r"but inputs.text → a.gone is not"):
        linked(Wiring(drawn), [edge("inputs.text", "a.gone")])
    with pytest.raises(NothingToLink):
        linked(Wiring(drawn))
