"""Keeps the parts of one machine running: starts them, says when each is ready, starts again what dies, stops them in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runner.part import PARENT_FD, READY_FD
from runner.precedence import STEPS_BACK, stand_back
from runner.refused import Refused

READY_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0
PAUSE_SECONDS_MIN = 0.2
PAUSE_SECONDS_MAX = 5.0
STEADY_SECONDS = 60.0
LOG_BYTES_MAX = 20_000_000
LOG_CHECK_SECONDS = 60.0
LOG_TAIL_BYTES = 4_000

Say = Callable[[str], None]


class PartNotReady(Refused):
    """A part ended before it was ready, or did not say that it is in time."""


@dataclass(slots=True)
class Part:
    """One process: its name, the arguments of the `opus` command, where its log goes, and what it gets beside our own."""

    name: str
    arguments: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    inherits: Sequence[int] = ()  # file descriptors that stay open in it
    ready_says: str = ""
    module: str = "runner.cli"
    process: asyncio.subprocess.Process | None = None
    _lifeline: int | None = None  # the end of a pipe by which the part notices that we are gone
    _started_at: float = 0.0
    _pause_seconds: float = PAUSE_SECONDS_MIN

    async def start(self) -> None:
        """Starts the process and waits until it says that it is ready."""
        ready_read, ready_write = os.pipe()
        parent_read, self._lifeline = os.pipe()
        log_begins = self.log.stat().st_size if self.log.exists() else 0
        self._started_at = time.monotonic()
        try:
            with self.log.open("ab") as log:
                self.process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    self.module,
                    *self.arguments,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env={**os.environ, **self.environment, READY_FD: str(ready_write), PARENT_FD: str(parent_read)},
                    pass_fds=(ready_write, parent_read, *self.inherits),
                    start_new_session=True,  # Ctrl-C reaches us alone: we stop the parts in their order.
                )
        finally:
            os.close(ready_write)
            os.close(parent_read)
        try:
            if steps := STEPS_BACK.get(self.arguments[0]):
                await stand_back(self.process.pid, steps)
            await asyncio.wait_for(_until_ready(ready_read), READY_SECONDS_MAX)
        except (TimeoutError, EOFError):
            await self.stop()
            message = f"Expected {self.name} to become ready, but it did not{_last_words(self.log, log_begins)}."
            raise PartNotReady(f"{message} Its log: {self.log}") from None

    async def stop(self) -> bool:
        """Asks the process to end in order, and ends it when it does not within its time; whether there was one."""
        process, self.process = self.process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS_MAX)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None
        return process is not None

    async def keep_running(self, say: Say) -> None:
        """Starts the process again whenever it ends, with growing pauses while it keeps ending."""
        while True:
            if self.process is not None:
                code = await self.process.wait()
                await self.stop()
                say(f"{self.name} ended ({_how(code)}); starting it again")
            if time.monotonic() - self._started_at > STEADY_SECONDS:
                self._pause_seconds = PAUSE_SECONDS_MIN
            await asyncio.sleep(self._pause_seconds)
            self._pause_seconds = min(self._pause_seconds * 2, PAUSE_SECONDS_MAX)
            try:
                await self.start()
            except PartNotReady as error:
                say(str(error))
            else:
                say(f"{self.name} is ready{self.ready_says}")


@contextlib.asynccontextmanager
async def running(parts: Sequence[Part], say: Say) -> AsyncIterator[None]:
    """All parts, started together and kept running; stopped one after the other from the last to the first when the block ends."""

    async def start(part: Part) -> None:
        await part.start()
        say(f"{part.name} is ready{part.ready_says}")

    tasks: list[asyncio.Task[None]] = [asyncio.create_task(start(part)) for part in parts]
    try:
        await asyncio.gather(*tasks)
        tasks = [asyncio.create_task(part.keep_running(say)) for part in parts]
        tasks.append(asyncio.create_task(_keep_small([part.log for part in parts])))
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for part in reversed(parts):
            if await part.stop():
                say(f"{part.name} stopped")


def keep_small(log: Path) -> None:
    """Puts a log that has grown too large beside itself, in the place of what was there, and begins it anew."""
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        # The part holds its log open for appending, so the file is emptied instead of replaced.
        shutil.copyfile(log, log.with_suffix(".log.1"))
        os.truncate(log, 0)


async def _keep_small(logs: Sequence[Path]) -> None:
    while True:
        for log in logs:
            keep_small(log)
        await asyncio.sleep(LOG_CHECK_SECONDS)


async def _until_ready(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    os.set_blocking(descriptor, False)
    loop.add_reader(descriptor, readable.set)
    try:
        await readable.wait()
        if not os.read(descriptor, 16):
            raise EOFError
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def _last_words(log: Path, begins: int) -> str:
    """What the process wrote last, for a sentence."""
    with log.open("rb") as file:
        file.seek(max(begins, file.seek(0, os.SEEK_END) - LOG_TAIL_BYTES))
        lines = file.read().decode(errors="replace").strip().splitlines()
    return f": {lines[-1].strip().rstrip('.')}" if lines else ""


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
