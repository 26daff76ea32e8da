"""What of a workflow file cannot be drawn is told all at once, each where the file asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.kinds import KINDS
from runner.cli.apply import FileCannotBeApplied, _tell_checks, read_applicable
from runner.cli.workflow_file import read_text

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


def test_every_fault_is_told_with_line_and_column_and_what_follows_from_another_is_not(tmp_path: Path) -> None:
    file = tmp_path / "w.yaml"
    file.write_text(FAULTY)
    with pytest.raises(FileCannotBeApplied) as refused:
        read_applicable(file)
    first, *others = str(refused.value).splitlines()
    assert first == f"Expected tasks and links that can be drawn, but 5 things of {file} cannot:"
    assert [line.removeprefix(str(file)) for line in others] == [
        f":7:11: Expected one of the task kinds {', '.join(sorted(KINDS))}, but got codee. Did you mean code?",
        ":15:30: Expected an input of this workflow, but there is no amuont. Did you mean amount?",
        ":21:13: Expected edges that never lead back, but d.done → c closes the cycle c → d → c.",
        ":21:21: Expected a task of this workflow, but there is no task bb. Did you mean b?",
        ":23:32: Expected a decimal for c.y, but b.y gives text.",
    ]


def test_a_check_that_one_word_in_the_file_mends_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    read = read_text(b"tasks:\n  pay:\n    after: [a.true, a.false]\n", "w.yaml")
    check = {
        "code": "EXCLUSIVE_ROUTES",
        "severity": "ERROR",
        "place": "tasks.pay.after",
        "expected": "routes that can all be taken",
        "found": "a.true and a.false",
    }
    assert _tell_checks([check, check | {"code": "NEVER_RUNS"}], read) == 2
    first, second = capsys.readouterr().err.replace("\n", " ").split("error: ")[1:]
    assert "w.yaml:3:12: Expected routes" in first
    assert "Write `join: any` beside it" in first
    assert "join" not in second
