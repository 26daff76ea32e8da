"""`opus fork`: a whole system runs one item of a for-each again, and reuses the rest."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.runner.up import Up, wait_for

pytestmark = pytest.mark.timeout(180)

WORKFLOW = """\
format: opus.workflow.1
name: Forked
inputs:
  numbers: {type: array, items: {type: float}}
tasks:
  halve:
    kind: code
    for_each: {input: number, at_once_max: 2}
    code: half = number / 2
    inputs:
      number: {type: float, from: inputs.numbers}
    outputs:
      half: {type: float}
  add:
    kind: code
    code: total = sum(halves)
    inputs:
      halves: {type: array, items: {type: float}, from: halve.half}
    outputs:
      total: {type: float}
  tell:
    kind: code
    code: told = str(total)
    inputs:
      total: {type: float, from: add.total}
    outputs:
      told: {type: str}
outputs:
  told: {type: str, from: tell.told}
"""
ID = r"[0-9a-f]{8}-[0-9a-f-]{27}"


def test_a_job_is_forked_from_a_task_and_from_one_item(up: Up, tmp_path: Path) -> None:
    file = tmp_path / "forked.yaml"
    file.write_text(WORKFLOW)
    assert "version 1 is active" in up.fast("apply", str(file))
    (job,) = re.findall(ID, up.fast("run", "Forked", "-i", "numbers=[2, 4, 6]"))
    wait_for(lambda: "The job completed." in up.fast("history", job), "the end of the job")
    by_task, *_ = re.findall(ID, up.fast("fork", job, "tell", "--reason", "Told wrongly."))
    wait_for(lambda: "The job completed." in up.fast("history", by_task), "the end of the fork")
    told = up.fast("history", by_task)
    assert f"as a fork of job {job} from tell: Told wrongly." in told
    assert told.count("was taken over from the first job") == 2
    assert told.count(" started.") == 1
    by_item, *_ = re.findall(ID, up.fast("fork", job, "halve[1]", "--reason", "Halved wrongly."))
    wait_for(lambda: "The job completed." in up.fast("history", by_item), "the end of the fork of an item")
    told = up.fast("history", by_item)
    assert told.count("was taken over from the first job") == 2
    assert "Task halve[1] started." in told
    assert "Task halve[0] started." not in told
    outputs = up.fast("query", f'{{ job(id: "{by_item}") {{ outputs {{ name json }} forkOf {{ jobId item }} }} }}')
    assert '"6"' in outputs or '"6.0"' in outputs
    assert job in outputs
