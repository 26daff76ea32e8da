"""Performs `external`: says that the run waits for a worker, and ends. Nothing of it stays in the runner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.actions.contract import Outcome, TaskRun, Tools, WorkerWanted


class AskWorkers:
    """Has the run offered to the workers of its queue."""

    kind = "external"
    tells_effect = True  # By the API, when a worker is given the run.

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:  # noqa: ARG002
        """The run waits for a worker."""
        return WorkerWanted()
