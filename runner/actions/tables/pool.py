"""Processes that read and write tables: started when first needed, kept for the next, killed when their work is not wanted any more."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from runner.actions.tables.frames import (
    DATA,
    END,
    FRAME_BYTES_MAX,
    HEAD_BYTES,
    PIECE_BYTES,
    REFUSED,
    REQUEST,
    Frame,
    TableRefused,
    framed,
)
from runner.actions.tables.process import PROCESS_BYTES
from runner.precedence import BEHIND_ALL, stand_back

PROCESSES_MAX = 2
START_SECONDS = 30.0  # On a busy machine a new process may be slow to come.
CRASHED = "TABLE_CRASHED"


class TablePool:
    """Gives work to the processes; a hostile file ends its process and nothing else."""

    def __init__(
        self, processes: int = PROCESSES_MAX, process_bytes: int = PROCESS_BYTES, sqlite_folder: Path | None = None
    ) -> None:
        self.sqlite_folder = sqlite_folder
        """Where SQLite databases lie that credentials may name; None: nowhere."""
        self._slots = asyncio.Semaphore(processes)
        self._process_bytes = process_bytes
        self._idle: list[_Worker] = []
        self._working: set[_Worker] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._idle:
            await self._idle.pop().end()

    async def work(
        self, request: Mapping[str, Any], content: AsyncIterator[bytes] | None
    ) -> AsyncGenerator[Frame, None]:
        """What the process answers: frames of data, and at last how it ended. Raises TableRefused when it refuses or dies."""
        async with self._slots:
            worker = await self._take()
            self._working.add(worker)
            feeding = asyncio.get_running_loop().create_task(worker.feed(request, content))
            again = False
            try:
                while True:
                    frame = await worker.receive(feeding)
                    if frame.tag == DATA:
                        yield frame
                        continue
                    said = frame.said()
                    again = not said.pop("last") and feeding.done() and feeding.exception() is None
                    if frame.tag == REFUSED:
                        raise TableRefused(said["code"], said["message"], said["details"], retryable=said["retryable"])
                    yield frame
                    return
            finally:
                self._working.discard(worker)
                if not again:
                    feeding.cancel()
                    await asyncio.wait({feeding})
                    await worker.end()
                else:
                    self._idle.append(worker)

    async def _take(self) -> _Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.process.returncode is None:
                return worker
        return await self._start()

    async def _start(self) -> _Worker:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "runner.actions.tables.worker",
            str(self._process_bytes),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(path or "." for path in sys.path), "LANG": "C.UTF-8"},
            start_new_session=True,  # Its share of the cores is then its own.
        )
        worker = _Worker(process)
        try:
            await stand_back(process.pid, BEHIND_ALL)
            async with asyncio.timeout(START_SECONDS):
                await worker.receive(None)
        except TimeoutError as error:
            await worker.end()
            raise TableRefused(
                CRASHED, "Expected a process that reads tables to start, but it did not.", retryable=True
            ) from error
        except BaseException:
            await worker.end()
            raise
        return worker


class _Worker:
    """One process and the frames to and from it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("Expected a process with pipes, but it has none.")
        self.process = process
        self._requests = process.stdin
        self._answers = process.stdout

    async def feed(self, request: Mapping[str, Any], content: AsyncIterator[bytes] | None) -> None:
        """Sends a request and all of its content."""
        try:
            self._requests.write(framed(REQUEST, json.dumps(request).encode()))
            if content is not None:
                await self._send(content)
            self._requests.write(framed(END))
            await self._requests.drain()
        except (ConnectionError, BrokenPipeError):
            pass  # It ended; why, its answer or its end tells.

    async def _send(self, content: AsyncIterator[bytes]) -> None:
        try:
            async for piece in content:
                for start in range(0, len(piece), PIECE_BYTES):
                    self._requests.write(framed(DATA, piece[start : start + PIECE_BYTES]))
                    await self._requests.drain()
        finally:
            if isinstance(content, AsyncGenerator):
                await content.aclose()

    async def receive(self, feeding: asyncio.Task[None] | None) -> Frame:
        """The next frame; raises what kept the content from being sent, or TableRefused when the process died."""
        reading = asyncio.get_running_loop().create_task(self._frame())
        try:
            if feeding is not None and not feeding.done():
                await asyncio.wait({reading, feeding}, return_when=asyncio.FIRST_COMPLETED)
            if feeding is not None and feeding.done() and (error := feeding.exception()) is not None:
                raise error
            return await reading
        except asyncio.IncompleteReadError as error:
            raise TableRefused(CRASHED, await self._why_it_ended(), retryable=True) from error
        finally:
            if not reading.done():
                reading.cancel()
                await asyncio.wait({reading})

    async def _frame(self) -> Frame:
        head = await self._answers.readexactly(HEAD_BYTES)
        size = int.from_bytes(head[1:], "big")
        if size > FRAME_BYTES_MAX:
            raise TableRefused("TOO_LARGE", f"Expected at most {FRAME_BYTES_MAX} bytes at once, but got {size}.")
        return Frame(head[:1], await self._answers.readexactly(size))

    async def end(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        self._requests.close()
        await self.process.wait()
        with suppress(ConnectionError):  # It may have ended before it had read everything.
            await self._requests.wait_closed()

    async def _why_it_ended(self) -> str:
        code = await self.process.wait()
        ended = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        return f"Expected the table to be read or written, but the process that did {ended}: it may be hostile or need too much memory."
