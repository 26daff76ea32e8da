"""Performs `execute_workflow`: has a job of the pinned version started, and ends; when that job has completed, hands its outputs on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.actions.contract import ChildWanted, Outcome, Succeeded, TaskRun, Tools


class ExecuteWorkflow:
    """Starts a job and waits for its end; nothing of it stays in the runner meanwhile."""

    kind = "execute_workflow"

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:  # noqa: ARG002
        """The job that is wanted or, when it has completed, what it gave."""
        if run.resumed is not None:
            return Succeeded({name: value for name, value in run.resumed.value.items() if value is not None})
        return ChildWanted()
