"""Workflow files on the command line: checked without a server, compared, tried, exported and applied again."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from runner.cli.app import app
from tests.runner.up import Up

pytestmark = pytest.mark.timeout(120)

FILE = """\
format: opus.workflow.1
name: {name}
inputs:
  amount: {{type: float}}
tasks:
  add:
    kind: code
    code: |
      total = amount + 1
      twice = total * 2
    inputs:
      amount: {{type: float, from: inputs.amount}}
    outputs:
      total: {{type: float}}
      twice: {{type: float}}
outputs:
  total: {{type: float, from: add.total}}
"""


def write(folder: Path, name: str, *changes: tuple[str, str]) -> Path:
    file = folder / "workflow.yaml"
    text = FILE.format(name=name)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)
    return file


def alone(*words: object, home: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in words], env={"OPUS_HOME": str(home), "OPUS_API_KEY": ""})
    return result.exit_code, result.output


def test_a_file_is_checked_without_a_server(tmp_path: Path) -> None:
    code, said = alone("check", write(tmp_path, "Alone"), home=tmp_path)
    assert code == 0
    assert said.splitlines()[-1] == f"{tmp_path}/workflow.yaml draws Alone: 1 tasks, 2 edges, no errors"
    code, said = alone("check", write(tmp_path, "Alone", ("amount + 1", "amount + 'x'")), home=tmp_path)
    assert code == 1
    assert f"error: {tmp_path}/workflow.yaml:8:11:" in said
    code, said = alone("check", write(tmp_path, "Alone", ("kind: code", "kind: cod")), home=tmp_path)
    assert code == 1
    assert f"{tmp_path}/workflow.yaml:7:11: Expected one of the task kinds" in said


def test_what_is_executed_is_left_out_where_no_server_answers(tmp_path: Path) -> None:
    file = tmp_path / "w.yaml"
    file.write_text("format: opus.workflow.1\nname: x\ntasks:\n  a: {kind: execute_workflow, workflow: Other}\n")
    code, said = alone("check", file, home=tmp_path / "nowhere")
    assert code == 0
    assert "not checked: the workflows that it executes" in said


def test_a_file_is_compared_tried_applied_and_exported(up: Up, tmp_path: Path) -> None:
    file = write(tmp_path, "Exported")
    assert up.fast("diff", str(file), code=3) == "there is no workflow Exported yet: 1 tasks, 2 edges\n"
    tried = up.fast("apply", str(file), "--dry-run")
    assert tried.endswith("nothing was changed\n")
    assert up.fast("diff", str(file), code=3).startswith("there is no workflow")
    up.fast("apply", str(file))
    assert up.fast("diff", str(file)) == "Exported is as the file says: version 1\n"

    changes = (
        ("total * 2", "total * 3"),
        ("amount: {type: float}\n", "amount: {type: float, label: Sum}\n  who: {type: str, required: false}\n"),
    )
    write(tmp_path, "Exported", *changes)
    assert up.fast("diff", str(file), code=3).splitlines() == [
        "Exported differs from version 1:",
        "+ inputs.amount.label: Sum",
        "+ input who",
        "~ tasks.add.code:",
        "      total = amount + 1",
        "-     twice = total * 2",
        "+     twice = total * 3",
    ]
    up.fast("apply", str(file))

    out = tmp_path / "exported.yaml"
    assert up.fast("export", "Exported", "-o", str(out)) == f"version 2 of Exported was written to {out}\n"
    assert up.fast("diff", str(out)) == "Exported is as the file says: version 2\n"
    assert "already: version 2 is active" in up.fast("apply", str(out))
    assert up.fast("export", "Exported") == out.read_text()
    assert "is; --force writes over it" in up.fast("export", "Exported", "-o", str(out), code=1)
    first = up.fast("export", "Exported", "--version", "1")
    assert "total * 2" in first
    assert "there is none of number 9" in up.fast("export", "Exported", "--version", "9", code=1)


def test_a_workflow_is_revised_and_put_away(up: Up, tmp_path: Path) -> None:
    up.fast("apply", str(write(tmp_path, "Put away")))
    assert up.fast("workflow", "revise", "Put away") == "Put away can be edited: version 2 of it is a draft\n"
    assert (
        up.fast("diff", str(tmp_path / "workflow.yaml")) == "Put away is as the file says: version 2, the open draft\n"
    )
    assert up.fast("workflow", "archive", "Put away", "--reason", "no longer used") == "Put away is archived\n"
    assert "is archived" in up.fast("diff", str(tmp_path / "workflow.yaml"), code=1)
    assert "there is no" in up.fast("workflow", "archive", "Nothing", code=1)
