"""Runs user code in processes of its own, with no network, no disk, a frozen clock, and limits on time and memory."""

import asyncio
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from pydantic_monty import (
    CollectString,
    Monty,
    MontyError,
    MontyRuntimeError,
    MontySession,
    MontyStdTypeProxy,
    MontySyntaxError,
    OSPolicy,
    ResourceLimits,
)

from runner.actions.code_failures import USUAL_LIMITS, CodeFailed, CodeLimits, failure
from runner.actions.code_values import ExactValue, OutputRefused

PROCESSES_MAX = 2
RUN_SECONDS_MAX = 600.0
PROCESS_SESSIONS_MAX = 1000
STILL: OSPolicy = {"timezone": "utc", "sleep": "zero", "process_time": "zero"}
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CodeResult:
    """What the code left behind: the declared outputs by name, and what it printed."""

    outputs: dict[str, Any]
    prints: str


class CodeSandbox:
    """A few warm processes that run user code; whatever the code does ends at most its own process."""

    def __init__(self, processes: int = PROCESSES_MAX) -> None:
        self._pool = Monty(
            min_processes=1,
            max_processes=processes,
            request_timeout=RUN_SECONDS_MAX,
            max_checkouts_per_worker=PROCESS_SESSIONS_MAX,
        )
        # The library's own asyncio pool cannot cancel running code, and may abort the interpreter when it exits.
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="code")
        self._running: set[_Turn] = set()

    async def __aenter__(self) -> Self:
        self._pool.__enter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for turn in tuple(self._running):
            turn.cancel()
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._pool.__exit__(kind, error, trace)

    async def run_code(
        self,
        code: str,
        inputs: Mapping[str, Any],
        outputs: Sequence[str],
        limits: CodeLimits = USUAL_LIMITS,
        *,
        optional: Sequence[str] = (),
        now: datetime = EPOCH,
        seed: str = "",
    ) -> CodeResult:
        """Run code with its inputs as plain names and read its outputs from plain names, or raise CodeFailed.

        The same code, inputs, `now` and `seed` give the same outputs: the clock stands still and random numbers follow
        from the seed. Cancelling ends the code at once.
        """
        policy: OSPolicy = {**STILL, "datetime": now, "random_start": {"seed": seed}}
        turn = _Turn(code, dict(inputs), tuple(outputs), tuple(optional), limits, policy)
        self._running.add(turn)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, turn.run, self._pool)
        except asyncio.CancelledError:
            turn.cancel()
            raise
        finally:
            self._running.discard(turn)


@dataclass(eq=False)
class _Turn:
    """One run of user code in a thread; another thread may end it by ending its process."""

    code: str
    inputs: dict[str, Any]
    outputs: tuple[str, ...]
    optional: tuple[str, ...]
    limits: CodeLimits
    policy: OSPolicy

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._process: int | None = None
        self._cancelled = False

    def run(self, pool: Monty) -> CodeResult:
        limits: ResourceLimits = {
            "max_feed_duration_secs": self.limits.seconds,
            "max_memory": self.limits.memory_bytes,
            "max_recursion_depth": self.limits.call_depth,
            "max_suspensions": self.limits.suspensions,
        }
        prints = CollectString(self.limits.print_bytes)
        try:
            with pool.checkout(limits=limits, os_policy=self.policy, assert_message_annotations=False) as session:
                self._begin(session.worker_pid)
                try:
                    session.feed_run(self.code, inputs=self.inputs, print_callback=prints)
                    outputs = self._read_outputs(session)
                finally:
                    self._finish()
        except MontyError as error:
            raise failure(error, self.limits) from error
        return CodeResult(outputs, prints.output)

    def cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            if self._process is not None:
                os.kill(self._process, signal.SIGKILL)

    def _begin(self, process: int | None) -> None:
        with self._lock:
            if self._cancelled:
                raise CodeFailed("CODE_CRASHED", "Expected to run the code, but it was cancelled.")
            self._process = process

    def _finish(self) -> None:
        with self._lock:
            self._process = None

    def _read_outputs(self, session: MontySession) -> dict[str, Any]:
        values: dict[str, Any] = {}
        missing: list[str] = []
        for name in (*self.outputs, *self.optional):
            try:
                values[name] = _read(session, name)
            except _NotAssigned:
                if name in self.outputs:
                    missing.append(name)
        if missing:
            raise CodeFailed(
                "CODE_OUTPUT_MISSING", f"Expected the code to assign {', '.join(missing)}, but it does not."
            )
        try:
            return {name: self._exact(session, name, value) for name, value in values.items()}
        except OutputRefused as refused:
            code = "CODE_OUTPUT_TOO_LARGE" if refused.too_large else "CODE_OUTPUT_INVALID"
            raise CodeFailed(code, str(refused)) from refused

    def _exact(self, session: MontySession, name: str, value: Any) -> Any:
        exact = ExactValue(name, self.limits.output_bytes)
        result = exact.exact(value)
        for expression in exact.doubtful:
            try:
                session.feed_run(f"''.join([{expression}])")  # Fails for all but text, whatever names the code took.
            except MontyRuntimeError as error:
                raise OutputRefused(expression, "a value", "a function, or something inside itself") from error
        return result


class _NotAssigned(Exception):
    pass


def _read(session: MontySession, name: str) -> Any:
    try:
        value = session.feed_run(name)
    except MontySyntaxError as error:
        raise _NotAssigned from error
    except MontyRuntimeError as error:
        if isinstance(error.exception(), NameError):
            raise _NotAssigned from error
        raise
    except (ValueError, OverflowError) as error:
        raise CodeFailed("CODE_OUTPUT_INVALID", f"Expected a value of the system in {name}, but {error}.") from error
    if isinstance(value, MontyStdTypeProxy | type) or callable(value):
        raise _NotAssigned  # A builtin of that name, which the code has not assigned.
    return value
