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

OBJECTS_BEFORE_COLLECTION = 100_000
"""How many more objects are made than freed before the garbage collector looks for those that only know each other."""
SECOND_LOOKS, FULL_LOOKS = 2, 100
"""It looks again at what was left after two such times: at three times as many objects, which takes a tenth of a second or two; and hardly ever at all of them."""


def run_part(part: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    """Runs a part on the database that is set, until it ends."""
    settings = load_settings_or_exit()
    begin_logs(settings)
    _relieve_collector()
    with telling_all(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(part(running_database(settings)))


def _relieve_collector() -> None:
    """Collects seldom: what is imported stays for ever, and what follows is freed by counting references.

    Our own objects know each other in no circle, so all that collections find is what libraries leave; walking over the states of jobs
    that wait, again and again, took a tenth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION, SECOND_LOOKS, FULL_LOOKS)
