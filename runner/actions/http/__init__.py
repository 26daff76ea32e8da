"""Performs `http`: one request to a service, and its answer taken apart. Its parts import HTTP, so they are imported on first use."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from runner.actions.contract import Outcome, TaskRun, Tools

_PERFORMING = "runner.actions.http.performing"


class CallService:
    """Sends the request of a task."""

    kind = "http"
    tells_effect = True

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """What the service answered, or why there is no answer that can be used."""
        performing = await asyncio.to_thread(import_module, _PERFORMING)
        outcome: Outcome = await performing.perform(run, inputs, tools)
        return outcome
