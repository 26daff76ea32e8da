"""Processes that read documents, started when there is one, each killed when it takes too long and replaced when it dies."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from dataclasses import asdict, dataclass, replace
from types import TracebackType
from typing import Self

from runner.actions.extract_text.found import (
    MEBIBYTE,
    OCR_NEEDED,
    USUAL_LIMITS,
    DocumentRefused,
    Found,
    Limits,
    Wanted,
    of_form,
    too_large,
)
from runner.precedence import BEHIND_ALL, stand_back

PROCESSES_MAX = 2
DOCUMENT_SECONDS = 60.0
SCANNED_DOCUMENT_SECONDS = 300.0
"""How long a document may take whose pages are read by OCR, at some seconds a page."""
START_SECONDS = 30.0  # On a busy machine a new process may be slow to come, and that is not the document's fault.
PROCESS_BYTES = 1024 * MEBIBYTE
ANSWER_BYTES_MAX = 64 * MEBIBYTE
USUAL_WANTED = Wanted(ocr="never")


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """What the processes may use: how many, for how long, how much address space each."""

    processes: int = PROCESSES_MAX
    document_seconds: float = DOCUMENT_SECONDS
    scanned_document_seconds: float = SCANNED_DOCUMENT_SECONDS
    process_bytes: int = PROCESS_BYTES


USUAL_POOL = PoolLimits()


class DocumentPool:
    """Reads documents in processes of their own; a hostile file ends its process and nothing else."""

    def __init__(self, limits: PoolLimits = USUAL_POOL) -> None:
        self._limits = limits
        self._slots = asyncio.Semaphore(limits.processes)
        self._idle: list[_Worker] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._idle:
            await self._idle.pop().end()

    async def read(self, data: bytes, wanted: Wanted = USUAL_WANTED, limits: Limits = USUAL_LIMITS) -> Found:
        """What is found, or DocumentRefused: as `read_document`, and DOCUMENT_TIMEOUT or DOCUMENT_CRASHED when the process had to end."""
        if len(data) > limits.file_bytes:
            raise too_large(f"at most {limits.file_bytes} bytes", f"it has {len(data)}")
        if wanted.ocr != "when_needed":
            return await self._read(data, wanted, limits, self._limits.document_seconds)
        try:
            return await self._read(data, replace(wanted, ocr="ask"), limits, self._limits.document_seconds)
        except DocumentRefused as refused:
            if refused.code != OCR_NEEDED:
                raise
        # Only what has scanned pages may take as long as they do.
        return await self._read(data, wanted, limits, self._limits.scanned_document_seconds)

    async def _read(self, data: bytes, wanted: Wanted, limits: Limits, seconds: float) -> Found:
        async with self._slots:
            worker = await self._take()
            try:
                answer = await self._ask(worker, data, wanted, limits, seconds)
            except BaseException:
                # Whatever interrupted the exchange, half a frame may be left in the pipes.
                await worker.end()
                raise
            if answer.last:
                await worker.end()
            else:
                self._idle.append(worker)
        if isinstance(answer.found, DocumentRefused):
            raise answer.found
        return answer.found

    async def _take(self) -> "_Worker":
        while self._idle:
            worker = self._idle.pop()
            if worker.process.returncode is None:
                return worker
        return await self._start()

    async def _start(self) -> "_Worker":
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "runner.actions.extract_text.worker",
            str(self._limits.process_bytes),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={
                "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path),
                "LANG": "C.UTF-8",
                "PATH": os.environ.get("PATH", os.defpath),
            },
            start_new_session=True,  # So that the process ends together with the programs that it started.
        )
        worker = _Worker(process)
        try:
            await stand_back(process.pid, BEHIND_ALL)
            async with asyncio.timeout(START_SECONDS):
                await worker.receive()
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            await worker.end()
            message = "Expected a process to read documents to start, but it did not."
            raise DocumentRefused("DOCUMENT_CRASHED", message) from error
        except BaseException:
            await worker.end()
            raise
        return worker

    async def _ask(self, worker: "_Worker", data: bytes, wanted: Wanted, limits: Limits, seconds: float) -> "_Answer":
        asked = {"limits": asdict(limits), "wanted": asdict(wanted), "seconds": max(1, round(seconds))}
        try:
            async with asyncio.timeout(seconds):
                await worker.send(json.dumps(asked).encode())
                await worker.send(data)
                return _answer(await worker.receive())
        except TimeoutError as error:
            message = f"Expected to read the document within {seconds:g} s, but it took longer."
            raise DocumentRefused("DOCUMENT_TIMEOUT", message) from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise DocumentRefused("DOCUMENT_CRASHED", await worker.why_it_ended()) from error


class _Worker:
    """One process and the frames to and from it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("Expected a process with pipes, but it has none.")
        self.process = process
        self._requests = process.stdin
        self._answers = process.stdout

    async def send(self, frame: bytes) -> None:
        self._requests.write(len(frame).to_bytes(4, "big") + frame)
        await self._requests.drain()

    async def receive(self) -> bytes:
        size = int.from_bytes(await self._answers.readexactly(4), "big")
        if size > ANSWER_BYTES_MAX:
            raise too_large(f"at most {ANSWER_BYTES_MAX} bytes of text", f"it has {size}")
        return await self._answers.readexactly(size)

    async def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self._requests.close()
        await self.process.wait()
        with contextlib.suppress(ConnectionError):  # It may have ended before it had read everything.
            await self._requests.wait_closed()

    async def why_it_ended(self) -> str:
        code = await self.process.wait()
        ended = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        hint = "the file may be hostile or need too much memory"
        return f"Expected the document to be read, but the process reading it {ended}: {hint}."


@dataclass(frozen=True, slots=True)
class _Answer:
    found: Found | DocumentRefused
    last: bool


def _answer(frame: bytes) -> _Answer:
    fields = json.loads(frame)
    found = DocumentRefused(fields["code"], fields["message"]) if "code" in fields else of_form(fields)
    return _Answer(found, fields["last"])
