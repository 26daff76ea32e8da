"""What a process does that runs as one part of `opus up`: it says when it is ready, and ends when it is told to or left alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator

READY_FD = "OPUS_READY_FD"
PARENT_FD = "OPUS_PARENT_FD"

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.asynccontextmanager
async def told_to_stop() -> AsyncIterator[asyncio.Event]:
    """An event that is set by SIGINT, SIGTERM or SIGHUP and, in a part, when its supervisor is gone."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _ENDING:
        loop.add_signal_handler(number, stop.set)
    parent = _descriptor(PARENT_FD)
    if parent is not None:
        # The pipe's other end is open in the supervisor alone: it ends when the supervisor ends, however that happens.
        loop.add_reader(parent, _end_of_parent, loop, parent, stop)
    try:
        yield stop
    finally:
        if parent is not None:
            loop.remove_reader(parent)
        for number in _ENDING:
            loop.remove_signal_handler(number)


def say_ready() -> None:
    """Tells the supervisor, if there is one, that this part is ready."""
    descriptor = _descriptor(READY_FD)
    if descriptor is not None:
        with contextlib.suppress(OSError):
            os.write(descriptor, b"ready\n")
            os.close(descriptor)
        os.environ.pop(READY_FD)


def _end_of_parent(loop: asyncio.AbstractEventLoop, parent: int, stop: asyncio.Event) -> None:
    loop.remove_reader(parent)  # The end of a pipe can be read for ever.
    stop.set()


def _descriptor(variable: str) -> int | None:
    text = os.environ.get(variable)
    return int(text) if text else None
