"""Warm processes that parse PDFs, each killed when a file takes too long and replaced when it dies."""

import asyncio
import json
import os
import signal
import sys
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Self

from runner.actions.pdf_text import MEBIBYTE, USUAL_LIMITS, PdfLimits, PdfRefused, PdfText

PROCESSES_MAX = 2
DOCUMENT_SECONDS = 30.0
START_SECONDS = 30.0  # On a busy machine a new process may be slow to come, and that is not the document's fault.
PROCESS_BYTES = 1024 * MEBIBYTE
ANSWER_BYTES_MAX = 64 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """What the processes may use: how many, for how long, how much address space each."""

    processes: int = PROCESSES_MAX
    document_seconds: float = DOCUMENT_SECONDS
    process_bytes: int = PROCESS_BYTES


USUAL_POOL = PoolLimits()


class PdfPool:
    """Reads PDFs in processes of their own; a hostile file ends its process and nothing else."""

    def __init__(self, limits: PoolLimits = USUAL_POOL) -> None:
        self._limits = limits
        self._slots = asyncio.Semaphore(limits.processes)
        self._idle: list[_Worker] = []

    async def __aenter__(self) -> Self:
        self._idle.append(await self._start())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._idle:
            await self._idle.pop().end()

    async def read(self, data: bytes, limits: PdfLimits = USUAL_LIMITS) -> PdfText:
        """The text, or PdfRefused: as `read_pdf`, and PDF_TIMEOUT or PDF_CRASHED when the process had to end."""
        if len(data) > limits.file_bytes:
            expected = f"Expected a PDF of at most {limits.file_bytes} bytes, but it has {len(data)}."
            raise PdfRefused("TOO_LARGE", expected)
        async with self._slots:
            worker = await self._take()
            try:
                answer = await self._ask(worker, data, limits)
            except BaseException:
                # Whatever interrupted the exchange, half a frame may be left in the pipes.
                await worker.end()
                raise
            if answer.last:
                await worker.end()
            else:
                self._idle.append(worker)
        if answer.refused:
            raise answer.refused
        return PdfText(answer.pages)

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
            "runner.actions.pdf_worker",
            str(self._limits.process_bytes),
            str(max(1, round(self._limits.document_seconds))),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(path or "." for path in sys.path), "LANG": "C.UTF-8"},
        )
        worker = _Worker(process)
        try:
            async with asyncio.timeout(START_SECONDS):
                await worker.receive()
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            await worker.end()
            raise PdfRefused("PDF_CRASHED", "Expected a process to read PDFs to start, but it did not.") from error
        except BaseException:
            await worker.end()
            raise
        return worker

    async def _ask(self, worker: "_Worker", data: bytes, limits: PdfLimits) -> "_Answer":
        seconds = self._limits.document_seconds
        try:
            async with asyncio.timeout(seconds):
                await worker.send(json.dumps(asdict(limits)).encode())
                await worker.send(data)
                return _answer(await worker.receive())
        except TimeoutError as error:
            expected = f"Expected to read the PDF within {seconds:g} s, but it took longer."
            raise PdfRefused("PDF_TIMEOUT", expected) from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise PdfRefused("PDF_CRASHED", await worker.why_it_ended()) from error


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
            raise PdfRefused("TOO_LARGE", f"Expected at most {ANSWER_BYTES_MAX} bytes of text, but got {size}.")
        return await self._answers.readexactly(size)

    async def end(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def why_it_ended(self) -> str:
        code = await self.process.wait()
        ended = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        hint = "the file may be hostile or need too much memory"
        return f"Expected the PDF to be read, but the process reading it {ended}: {hint}."


@dataclass(frozen=True, slots=True)
class _Answer:
    pages: tuple[str, ...]
    refused: PdfRefused | None
    last: bool


def _answer(frame: bytes) -> _Answer:
    fields = json.loads(frame)
    refused = PdfRefused(fields["code"], fields["message"]) if "code" in fields else None
    return _Answer(tuple(fields.get("pages", ())), refused, fields["last"])
