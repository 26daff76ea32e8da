"""What an action fails with goes through the declaration of its kind: its retry class, and no code that is not declared."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from domain.jobs.events import JobFailed, TaskFailed
from domain.kinds import KINDS
from domain.kinds.code import Code
from domain.kinds.errors import EVERY_KIND_ERRORS, TaskError
from domain.kinds.registry import _KINDS
from runner.actions.contract import CredentialRefused, Failed, FileRefused, Outcome, TaskRun, Tools
from runner.actions.registry import ACTIONS
from runner.failures import ACTION_ERROR, as_declared
from tests.runner.scripted import Scripted, one, runner_here
from tests.runner.stage import Stage, until

pytestmark = pytest.mark.anyio
DECLARED = (
    TaskError("GONE", "it is gone", "look"),
    TaskError("BUSY", "it is busy", "wait", "always"),
    TaskError("LATE", "it is late", "hurry", "depends", "unless it is over"),
)


@pytest.mark.parametrize(
    ("code", "told", "retried"),
    [
        ("GONE", True, False),
        ("GONE", False, False),
        ("BUSY", False, True),
        ("LATE", True, True),
        ("LATE", False, False),
    ],
)
def test_whether_a_retry_may_help_is_said_by_the_kind_and_by_the_failure_where_it_depends(
    monkeypatch: pytest.MonkeyPatch, code: str, *, told: bool, retried: bool
) -> None:
    monkeypatch.setattr(Code, "errors", DECLARED)
    failed = Failed(code, "Expected more.", retryable=told, details={"a": 1}, evidence={"b": 2})
    kept = as_declared("code", failed)
    assert (kept.code, kept.message, kept.retryable) == (code, "Expected more.", retried)
    assert (kept.details, kept.evidence) == ({"a": 1}, {"b": 2})


def test_a_code_that_is_not_declared_is_told_as_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Code, "errors", DECLARED)
    told = as_declared("code", Failed("ODD", "Expected more.", retryable=True))
    assert (told.code, told.retryable) == (ACTION_ERROR, False)
    assert "ODD: Expected more." in told.message


def test_a_kind_that_declares_nothing_is_taken_at_its_word() -> None:
    failed = Failed("ODD", "Expected more.", retryable=True)
    assert as_declared("of nobody", failed) is failed


async def test_a_runner_records_no_code_that_a_kind_does_not_declare(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        raise (
            CredentialRefused("GONE", "It is gone.") if inputs["value"] == "GONE" else FileRefused("ODD", "It is odd.")
        )

    monkeypatch.setattr(Code, "errors", DECLARED)
    monkeypatch.setitem(_KINDS, "scripted", Code())
    async with runner_here(stage, Scripted(fail)):
        for value, code in (("GONE", "GONE"), ("ODD", ACTION_ERROR)):
            job_id = await stage.start_job(one(), await stage.store_graph(one()), value=value)
            await until(partial(stage.has_event, job_id, JobFailed))
            [failed] = [event for event in await stage.events(job_id) if isinstance(event, TaskFailed)]
            assert failed.error.code == code


def test_every_kind_that_comes_along_declares_its_errors_each_once() -> None:
    for kind in ACTIONS:
        declared = KINDS[kind].errors
        assert declared is not None, kind
        codes = [error.code for error in (*declared, *EVERY_KIND_ERRORS)]
        assert len(codes) == len(set(codes)), kind


def test_an_error_says_on_what_its_retry_depends_and_only_then() -> None:
    for retried, when in (("depends", None), ("always", "never")):
        with pytest.raises(ValueError, match="Expected BUSY to say on what its retry depends"):
            TaskError("BUSY", "it is busy", "wait", retried, when)  # type: ignore[arg-type] # one of them
