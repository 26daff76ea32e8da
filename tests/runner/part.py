"""A runner or a projector in a process of its own: `python -m tests.runner.part runner|projector <name>`, settings as OPUS_*."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner.actions.contract import Outcome, Succeeded, TaskRun, Tools
from runner.actions.registry import ACTIONS
from runner.compose import open_system, projector
from runner.settings import load_settings
from runner.worker import Worker

READY = "ready"


class Noop:
    """Gives back what it was given."""

    kind = "noop"

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """At once."""
        return Succeeded({"value": inputs["value"]})


class Slow:
    """Takes as many seconds as its task says."""

    kind = "slow"

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """After a while."""
        await asyncio.sleep(run.task.config["seconds"])
        return Succeeded({"value": inputs["value"]})


class Grow:
    """Gives so many megabytes of what it was given."""

    kind = "grow"

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """At once."""
        text, size = inputs["value"], run.task.config["megabytes"] * 1024 * 1024
        return Succeeded({"value": (text * (size // len(text) + 1))[:size]})


class Noted:
    """Notes in a file, the folder of which its task names, that it was begun, and takes as many seconds as its task says."""

    kind = "noted"

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """After a while."""
        await asyncio.to_thread(_note, Path(run.task.config["folder"], str(os.getpid())), run.attempt_id)
        await asyncio.sleep(run.task.config["seconds"])
        return Succeeded({"value": inputs["value"]})


def _note(file: Path, line: str) -> None:
    with file.open("a", encoding="utf-8") as notes:
        notes.write(f"{line}\n")


async def work(name: str) -> None:
    """Runs until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with open_system(load_settings(), "runner") as system:
        actions = {**ACTIONS, **{action.kind: action for action in (Noop(), Slow(), Noted())}}
        await Worker(system, actions=actions, sandboxes={}, name=name).run(stop, say_ready)


async def project() -> None:
    """Runs until SIGTERM."""
    async with open_system(load_settings(), "projector") as system:
        part = projector(system)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, part.stop)
        say_ready()
        await part.run()


def say_ready() -> None:
    """Tells the test."""
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(work(sys.argv[2]) if sys.argv[1] == "runner" else project())
