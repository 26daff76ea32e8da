"""A projector as a part."""

from __future__ import annotations

import asyncio

from runner.cli.parts import run_part
from runner.compose import open_system, projector
from runner.part import say_ready, told_to_stop
from runner.settings import Settings


def project() -> None:
    """Runs a projector."""
    run_part(_project)


async def _project(settings: Settings) -> None:
    async with told_to_stop() as stop, open_system(settings, "projector") as system:
        keeper = projector(system)
        working = asyncio.create_task(keeper.run())
        told = asyncio.create_task(stop.wait())
        say_ready()  # Also one that stands by is ready for its part.
        await asyncio.wait({working, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        keeper.stop()
        await working
