"""A runner as a part."""

from __future__ import annotations

import asyncio

from runner.cli.parts import run_part
from runner.collection import collect_regularly
from runner.compose import open_system, worker
from runner.part import say_ready, told_to_stop
from runner.settings import Settings


def work() -> None:
    """Runs a runner."""
    run_part(_work)


async def _work(settings: Settings) -> None:
    async with told_to_stop() as stop, open_system(settings, "runner") as system:
        collecting = asyncio.create_task(collect_regularly(system, settings.collect_hours))
        try:
            await worker(system).run(stop, say_ready)
        finally:
            collecting.cancel()
            await asyncio.gather(collecting, return_exceptions=True)
