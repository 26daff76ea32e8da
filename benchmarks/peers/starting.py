"""Starts the processes of a peer and ends them, with all that they have started, whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

STOP_SECONDS_MAX = 10.0


@contextlib.asynccontextmanager
async def process(
    arguments: Sequence[str],
    *,
    log: Path,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    spoken_with: bool = False,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process in a session of its own, so that its children can be ended with it; `spoken_with` by its pipes, or only logging."""
    pipe = asyncio.subprocess.PIPE
    with log.open("ab") as said:
        started = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=pipe if spoken_with else asyncio.subprocess.DEVNULL,
            stdout=pipe if spoken_with else said,
            stderr=said,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    try:
        yield started
    finally:
        await _end(started)


async def _end(started: asyncio.subprocess.Process) -> None:
    if started.returncode is None:
        started.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(started.wait(), STOP_SECONDS_MAX)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)  # What is left of the session that began with it.
    await started.wait()
