"""The runner: works through one session after another until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import psycopg

from event_store.session import Session
from event_store.units import StoreUnavailable
from runner.actions.contract import Action
from runner.actions.registry import OpenSandbox
from runner.shards import SESSION_SETTINGS
from runner.system import System
from runner.tenure import Tenure

LEAVE_SECONDS_MAX = 10.0
"""How long actions still running may take to end when the runner is told to stop."""
SESSION_AGAIN_SECONDS_MIN = 0.1
SESSION_AGAIN_SECONDS_MAX = 2.0

_log = logging.getLogger(__name__)


class Worker:
    """Performs what the log says was started. Several share the jobs between them."""

    def __init__(
        self,
        system: System,
        *,
        actions: Mapping[str, Action],
        sandboxes: Mapping[str, OpenSandbox],
        name: str | None = None,
        leave_seconds_max: float = LEAVE_SECONDS_MAX,
    ) -> None:
        self._system = system
        self._actions = actions
        self._open_sandboxes = sandboxes
        self._name = name or f"{socket.gethostname()}-{os.getpid()}"
        self._leave_seconds_max = leave_seconds_max

    async def run(self, stop: asyncio.Event, on_ready: Callable[[], None] = lambda: None) -> None:
        """Works until told to stop; `on_ready` is called once it holds its share of the shards."""
        async with AsyncExitStack() as stack:
            sandboxes = {name: await stack.enter_async_context(open_()) for name, open_ in self._open_sandboxes.items()}
            pause = SESSION_AGAIN_SECONDS_MIN
            told = False

            def tell() -> None:
                nonlocal told
                if not told:
                    told = True
                    on_ready()

            while not stop.is_set():
                worked = await self._work(stop, sandboxes, tell)
                pause = SESSION_AGAIN_SECONDS_MIN if worked else min(2 * pause, SESSION_AGAIN_SECONDS_MAX)
                if not stop.is_set():
                    await _pause(stop, pause)

    async def _work(self, stop: asyncio.Event, sandboxes: Mapping[str, Any], on_ready: Callable[[], None]) -> bool:
        """One session, from taking it to leaving or losing it; tells whether there was one."""
        try:
            session = await Session.open(self._system.dsn, name=f"opus runner {self._name}", settings=SESSION_SETTINGS)
        except StoreUnavailable as error:
            _log.warning("no session yet: %s", error)
            return False
        tenure = Tenure(
            self._system,
            session,
            runner=self._name,
            actions=self._actions,
            sandboxes=sandboxes,
            on_ready=on_ready,
        )
        try:
            await tenure.run(stop, self._leave_seconds_max)
        except* (StoreUnavailable, psycopg.OperationalError, psycopg.InterfaceError) as errors:
            _log.warning("the session is over, everything is taken anew: %s", errors.exceptions[0])
        return True


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
