"""Performs `http`: one request to a service, and its answer taken apart. Its parts import HTTP, so they are imported on first use."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from runner.actions.contract import Outcome, TaskRun, Tools


class CallService:
    """Sends the request of a task."""

    kind = "http"
    tells_effect = True

    def __init__(self) -> None:
        self._performing: ModuleType | None = None  # once it is imported, whole

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """What the service answered, or why there is no answer that can be used."""
        if self._performing is None:
            self._performing = await asyncio.to_thread(import_module, "runner.actions.http.performing")
        outcome: Outcome = await self._performing.perform(run, inputs, tools)
        return outcome
