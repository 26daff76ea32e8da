"""What of a workflow file cannot be read or drawn is told all at once, each where the file asks for it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kinds import KINDS
from domain.workflows.design import Design
from domain.workflows.portable import WorkflowFileRefused, write_workflow
from graphql_api.workflow_files.printing import write_text
from graphql_api.workflow_files.whole import read_whole
from tests.domain.workflows.random_designs import any_design
from tests.domain.workflows.test_portable import RICH

FAULTY = """\
format: opus.workflow.1
name: Faulty
inputs:
  amount: {type: decimal}
tasks:
  a:
    kind: codee
    outputs:
      x: {type: float}
  b:
    kind: code
    code: "y = str(x)"
    inputs:
      x: {type: float, from: a.x}
      z: {type: float, from: inputs.amuont}
    outputs:
      y: {type: str}
  c:
    kind: code
    code: "w = y"
    after: [d.done, bb.done]
    inputs:
      y: {type: decimal, from: b.y}
    outputs:
      w: {type: decimal}
  d:
    kind: code
    code: "v = w"
    inputs:
      w: {type: decimal, from: c.w}
    outputs:
      v: {type: decimal}
outputs:
  v: {type: decimal, from: d.v}
"""


TYPES = "str, float, decimal, bool, date, object, array, file, array_files, json_string"


def told(text: str) -> list[str]:
    return [f"{one.line}:{one.column}: {one.message}" for one in read_whole(text.encode(), "w.yaml").faults]


def test_every_fault_is_told_with_line_and_column_and_what_follows_from_another_is_not() -> None:
    assert told(FAULTY) == [
        f"7:11: Expected one of the task kinds {', '.join(sorted(KINDS))}, but got codee. Did you mean code?",
        "15:30: Expected an input of this workflow, but there is no amuont. Did you mean amount?",
        "21:13: Expected edges that never lead back, but d.done → c closes the cycle c → d → c.",
        "21:21: Expected a task of this workflow, but there is no task bb. Did you mean b?",
        "23:32: Expected a decimal for c.y, but b.y gives text.",
    ]


def test_faults_of_the_text_of_what_it_says_and_of_what_it_draws_are_told_together() -> None:
    faulty = """\
format: opus.workflow.1
name: &n Faulty
inputs:
  amount: {type: decimal, type: float}
  limit: {type: money}
tasks:
  a:
    kind: code
    on_error: panic
    outputs:
      x: {type: float}
  b:
    kind: code
    inputs:
      x: {type: float, from: a.x}
      y: {type: float, from: inputs.limit}
      z: {type: bool, from: inputs.amount, constant: .nan}
      u: {type: bool, from: inputs.nowhere}
"""
    assert told(faulty) == [
        "2:7: Expected no anchors or aliases, but got &n.",
        '4:27: Expected each key once, but got the key "type" again.',
        f'5:17: Expected one of {TYPES} for inputs.limit.type, but got "money".',
        "9:15: Expected 'fail_job', 'error_route', 'continue' or 'hold' for tasks.a.on_error, but got \"panic\".",
        "17:29: Expected true or false for b.z, but inputs.amount gives a decimal.",
        "17:54: Expected a finite number, but got one that is infinite or no number.",
        "18:29: Expected an input of this workflow, but there is no nowhere.",
    ]


def test_a_file_without_faults_is_drawn_and_one_with_faults_is_refused_with_all_of_them() -> None:
    good = "format: opus.workflow.1\nname: Good\ntasks:\n  a: {kind: code, code: x = 1, outputs: {x: {type: float}}}\n"
    whole = read_whole(good.encode(), "w.yaml").require()
    assert (whole.wanted.name, list(whole.design.tasks)) == ("Good", ["a"])
    with pytest.raises(WorkflowFileRefused, match="5 places of it cannot be read") as refused:
        read_whole(FAULTY.encode(), "w.yaml").require()
    assert [one.line for one in refused.value.details] == [7, 15, 21, 21, 23]


def test_a_task_without_a_kind_is_one_fault_whatever_follows_from_it() -> None:
    text = "format: opus.workflow.1\nname: x\ntasks:\n  a:\n    code: x\n  b: {}\n  c: {kind: code, after: [a.done, b.done]}\n"
    assert told(text) == [
        "5:5: Expected the kind of the task for tasks.a.kind, but got nothing.",
        "6:6: Expected the kind of the task for tasks.b.kind, but got nothing.",
    ]


def test_many_cycles_are_told_and_end() -> None:
    tasks = "".join(f"  t{n}: {{kind: code, after: [t{(n + 1) % 40}.done, t{(n + 7) % 40}.done]}}\n" for n in range(40))
    faults = told(f"format: opus.workflow.1\nname: x\ntasks:\n{tasks}")
    assert len(faults) > 10
    assert all("closes the cycle" in one for one in faults)


@settings(max_examples=40)
@given(any_design)
def test_export_import_export_is_equal(drawn: Design) -> None:
    exported = write_text(write_workflow("Any", drawn))
    whole = read_whole(exported.encode(), "w.yaml").require()
    assert whole.design.content_hash() == drawn.content_hash()
    assert write_text(write_workflow(whole.wanted.name, whole.design)) == exported


TEXT = write_text(write_workflow("Rich", RICH))
CUTS = st.tuples(
    st.integers(0, len(TEXT)),
    st.integers(0, 30),
    st.text(max_size=3) | st.sampled_from([": ", "- ", "\n", "&a ", "*a", "}", "[", "$x"]),
)


@settings(max_examples=80)
@given(st.lists(CUTS, min_size=1, max_size=3))
def test_whatever_is_done_to_a_file_it_is_read_or_its_faults_are_told_where_they_are(
    cuts: list[tuple[int, int, str]],
) -> None:
    text = TEXT
    for start, length, put in cuts:
        text = text[:start] + put + text[start + length :]
    whole = read_whole(text.encode("utf-8", "surrogatepass"), "w.yaml")
    lines = text.count("\n") + 1 + text.count("\r")
    assert all(fault.line is not None and 1 <= fault.line <= lines + 1 for fault in whole.faults)
    assert all(fault.message.startswith("Expected ") for fault in whole.faults)
    assert list(whole.faults) == sorted(whole.faults, key=lambda fault: (fault.line, fault.column))
