"""What goes wrong, one thing after another: parts killed and frozen, the database killed, connections cut, runners coming and going."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import psutil

from event_store.units import StoreUnavailable
from tests.acceptance.installation import Installation
from tests.acceptance.log import Log

PARTS = ("work", "work", "serve", "project")
QUIET_SECONDS = (1.0, 6.0)
FROZEN_SECONDS = (0.2, 12.0)
VISIT_SECONDS = (3.0, 12.0)

_CUT = """
select pg_terminate_backend(pid) from pg_stat_activity
 where application_name like 'opus %%' and pid <> pg_backend_pid() and random() < %b
"""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Faults:
    """Breaks an installation at random, and leaves it whole."""

    installation: Installation
    log: Log
    random: Random
    done: list[str] = field(default_factory=list)

    async def happen(self, seconds: float) -> None:
        """One fault after another, for so long."""
        until = asyncio.get_running_loop().time() + seconds
        kinds: tuple[tuple[int, Callable[[], Awaitable[None]]], ...] = (
            (4, self.kill_part),
            (4, self.freeze_part),
            (1, self.kill_postgres),
            (2, self.cut_connections),
            (3, self.visit),
        )
        weights, faults = [weight for weight, _ in kinds], [fault for _, fault in kinds]
        while asyncio.get_running_loop().time() < until:
            (fault,) = self.random.choices(faults, weights)
            await fault()
            await asyncio.sleep(self.random.uniform(*QUIET_SECONDS))

    async def kill_part(self) -> None:
        """Kill -9 of a runner, API or projector."""
        verb = self.random.choice(PARTS)
        self._note(f"kill -9 of opus {verb}")
        await asyncio.to_thread(self.installation.kill, verb)

    async def freeze_part(self) -> None:
        """SIGSTOP of a part, for less or longer than its session lives without it."""
        verb, seconds = self.random.choice(PARTS), self.random.uniform(*FROZEN_SECONDS)
        self._note(f"SIGSTOP of opus {verb} for {seconds:.1f} s")
        process = await asyncio.to_thread(self.installation.process, verb)
        with suppress(psutil.NoSuchProcess):
            process.suspend()
            try:
                await asyncio.sleep(seconds)
            finally:
                process.resume()

    async def kill_postgres(self) -> None:
        """Kill -9 of the database's leading process."""
        self._note("kill -9 of PostgreSQL")
        await asyncio.to_thread(self.installation.kill_postgres)

    async def cut_connections(self) -> None:
        """Some of the connections to the database end."""
        share = self.random.choice((0.3, 1.0))
        self._note(f"{share:.0%} of the connections cut")
        with suppress(StoreUnavailable):
            await self.log.reader.rows(_CUT.encode(), (share,))

    async def visit(self) -> None:
        """A further runner takes its share of the shards, and leaves in order or by kill -9."""
        seconds, in_order = self.random.uniform(*VISIT_SECONDS), self.random.random() < 0.5
        self._note(f"another runner for {seconds:.1f} s, leaving {'in order' if in_order else 'by kill -9'}")
        async with self.installation.another("work") as (_, pid):
            await asyncio.sleep(seconds)
            if not in_order:
                with suppress(psutil.NoSuchProcess):
                    psutil.Process(pid).kill()

    def _note(self, what: str) -> None:
        _log.info("fault: %s", what)
        self.done.append(what)
