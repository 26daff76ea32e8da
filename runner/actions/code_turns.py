"""Runs of user code in the processes of the library, each in a thread that waits for it."""

import asyncio
import os
import signal
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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

from runner.actions.code_failures import failure
from runner.actions.code_limits import CodeFailed, CodeLimits, CodeResult
from runner.actions.code_values import ExactValue, OutputRefused

END_SECONDS = 10.0  # How much longer than its limit a run may take before its process is ended.
PROCESS_SESSIONS_MAX = 1000
STILL: OSPolicy = {"timezone": "utc", "sleep": "zero", "process_time": "zero"}


class Turns:
    """A few warm processes, and a thread for each."""

    def __init__(self, processes: int, seconds_max: float) -> None:
        self._pool = Monty(
            min_processes=1,
            max_processes=processes,
            request_timeout=seconds_max + END_SECONDS,
            max_checkouts_per_worker=PROCESS_SESSIONS_MAX,
        )
        # The library's own asyncio pool cannot cancel running code, and may abort the interpreter when it exits.
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="code")
        self._pool.__enter__()

    async def run(self, turn: "Turn") -> CodeResult:
        """Runs it when a process is free."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, turn.run, self._pool)

    def close(self) -> None:
        """Ends the processes."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._pool.__exit__(None, None, None)


def turn_of(
    code: str,
    inputs: Mapping[str, Any],
    outputs: tuple[str, ...],
    optional: tuple[str, ...],
    limits: CodeLimits,
    *,
    now: datetime,
    seed: str,
) -> "Turn":
    """One run to be: the clock stands at `now`, random numbers follow from the seed."""
    policy: OSPolicy = {**STILL, "datetime": now, "random_start": {"seed": seed}}
    return Turn(code, dict(inputs), outputs, optional, limits, policy)


@dataclass(eq=False)
class Turn:
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
        """What the code left behind; raises CodeFailed."""
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
        except (MontyError, CodeFailed) as error:
            failed = error if isinstance(error, CodeFailed) else failure(error, self.limits)
            failed.prints = prints.output
            raise failed from (None if failed is error else error)
        return CodeResult(outputs, prints.output)

    def cancel(self) -> None:
        """Ends the code with its process."""
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
        for texts, place in exact.doubtful.items():
            try:
                session.feed_run(f"''.join({texts})")  # Fails for all but text, whatever names the code took.
            except MontyRuntimeError as error:
                raise OutputRefused(place, "a value", "a function, or something inside itself") from error
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
