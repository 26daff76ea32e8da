"""`opus send`: a job waits for a message and goes on with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.runner.up import Up, wait_for

pytestmark = pytest.mark.timeout(120)

WORKFLOW = """\
format: opus.workflow.1
name: Payment
tasks:
  later:
    kind: wait
    duration: PT0.2S
  settled:
    kind: wait
    message: paid
    after: [later.done]
    outputs:
      message: {type: object, fields: {amount: {type: decimal}}}
outputs:
  amount: {type: decimal, from: settled.message.amount}
"""
ID = r"[0-9a-f]{8}-[0-9a-f-]{27}"


def test_a_message_is_sent_by_job_and_by_business_key(up: Up, tmp_path: Path) -> None:
    file = tmp_path / "payment.yaml"
    file.write_text(WORKFLOW)
    assert "version 1 is active" in up.fast("apply", str(file))
    (job,) = re.findall(ID, up.fast("run", "Payment", "--key", "INV-1", "--tag", "march", "--priority", "high"))
    sent = up.fast("send", "INV-1", "paid", '{"amount": "12.30"}', "--key", "--id", "bank-1")
    assert sent == f"message bank-1 to job {job}\n"
    assert up.fast("send", job, "paid", '{"amount": "12.30"}', "--id", "bank-1") == sent
    wait_for(lambda: "completed" in up.fast("history", job), "the end of the job")
    told = up.fast("history", job)
    assert "The message paid came in." in told
    assert "Task settled took a message and goes on." in told
    assert job in up.fast("jobs", "--tag", "march", "--priority", "high", "--source", "cli", "--key", "INV-1")


def test_jobs_that_wait_are_cancelled_together_after_a_dry_run(up: Up, tmp_path: Path) -> None:
    file = tmp_path / "patience.yaml"
    file.write_text(WORKFLOW.replace("name: Payment", "name: Patience"))
    up.fast("apply", str(file))
    jobs = [re.findall(ID, up.fast("run", "Patience", "--tag", "patience"))[0] for _ in range(3)]
    dry = up.fast("cancel", "--tag", "patience", "--reason", "not needed", "--dry-run")
    assert [f"job {job} would be cancelled" in dry for job in jobs] == [True] * 3
    assert dry.endswith("3 changed (dry run: nothing was written)\n")
    done = up.fast("cancel", "--workflow", "Patience", "--reason", "not needed")
    assert done.endswith("3 changed\n")
    assert up.fast("cancel", jobs[0], "--reason", "again") == "1 as asked already\n"
    assert "was cancelled: not needed" in up.fast("history", jobs[1])
