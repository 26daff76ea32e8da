"""The parts of the system: what API, runner and projector have in common as processes of their own."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop

from runner.cli.database import running_database, telling_all
from runner.logs import begin_logs
from runner.settings import Settings, load_settings_or_exit

ALLOCATIONS_BEFORE_COLLECTION = 50_000


def run_part(part: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    """Runs a part on the database that is set, until it ends."""
    settings = load_settings_or_exit()
    begin_logs(settings)
    _relieve_collector()
    with telling_all(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(part(running_database(settings)))


def _relieve_collector() -> None:
    """What is imported stays for ever, and most of what follows is freed by counting references: collect less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS_BEFORE_COLLECTION, 20, 50)
