"""Runs user code in processes of its own, with no network, no disk, a frozen clock, and limits on time and memory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from runner.actions.code_limits import USUAL_LIMITS, CodeLimits, CodeResult

if TYPE_CHECKING:
    from runner.actions.code_turns import Turn, Turns

PROCESSES_MAX = 2
RUN_SECONDS_MAX = 600.0
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class CodeSandbox:
    """A few processes that run user code, started with the first that comes; whatever the code does ends at most its own process."""

    def __init__(
        self, processes: int = PROCESSES_MAX, usual: CodeLimits = USUAL_LIMITS, seconds_max: float = RUN_SECONDS_MAX
    ) -> None:
        self._processes = processes
        self.usual = usual
        """What code may use where nothing else is said."""
        self.seconds_max = seconds_max
        """The longest time that a task may ask for."""
        self._opening: asyncio.Task[Turns] | None = None
        self._running: set[Turn] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for turn in tuple(self._running):
            turn.cancel()
        if self._opening is not None:
            (await self._opening).close()

    async def run_code(
        self,
        code: str,
        inputs: Mapping[str, Any],
        outputs: Sequence[str],
        limits: CodeLimits | None = None,
        *,
        optional: Sequence[str] = (),
        now: datetime = EPOCH,
        seed: str = "",
    ) -> CodeResult:
        """Run code with its inputs as plain names and read its outputs from plain names, or raise CodeFailed.

        The same code, inputs, `now` and `seed` give the same outputs: the clock stands still and random numbers follow
        from the seed. Cancelling ends the code at once.
        """
        if self._opening is None or (self._opening.done() and self._opening.exception() is not None):
            self._opening = asyncio.create_task(asyncio.to_thread(_open, self._processes, self.seconds_max))
        turns = await asyncio.shield(self._opening)  # Whoever is cancelled meanwhile, others need them.
        from runner.actions.code_turns import turn_of  # noqa: PLC0415 - imported by now

        turn = turn_of(code, inputs, tuple(outputs), tuple(optional), limits or self.usual, now=now, seed=seed)
        self._running.add(turn)
        try:
            return await turns.run(turn)
        except asyncio.CancelledError:
            turn.cancel()
            raise
        finally:
            self._running.discard(turn)


def _open(processes: int, seconds_max: float) -> Turns:
    # In a thread: importing the library and starting its first process take a moment.
    from runner.actions.code_turns import Turns  # noqa: PLC0415 - imported with the first code

    return Turns(processes, seconds_max)
