"""Who stands back gets less of a core that others want, and no less of one that nobody else does."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from runner import precedence
from runner.actions.extract_text.pool import DocumentPool
from runner.precedence import BEHIND_ALL, BEHIND_RUNNERS, stand_back

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="only Linux gives each session a share"),
]
WATCHED_SECONDS = 1.0
BUSY = "while True: pass"


@contextmanager
def busy(core: int) -> Iterator[psutil.Process]:
    """A process of its own session that wants all of a core."""
    with subprocess.Popen([sys.executable, "-c", BUSY], start_new_session=True) as process:
        try:
            os.sched_setaffinity(process.pid, {core})
            yield psutil.Process(process.pid)
        finally:
            process.kill()


def share_of(process: psutil.Process) -> int:
    """How far its session stands back."""
    return int(Path(f"/proc/{process.pid}/autogroup").read_text().rpartition("nice")[2])


def spent(process: psutil.Process) -> float:
    return process.cpu_times().user


async def test_of_a_core_that_two_want_the_one_that_stands_back_has_the_smaller_share() -> None:
    core = min(os.sched_getaffinity(0))
    with ExitStack() as stack:
        first, behind = stack.enter_context(busy(core)), stack.enter_context(busy(core))
        await stand_back(behind.pid, BEHIND_RUNNERS)
        before = spent(first), spent(behind)
        await asyncio.sleep(WATCHED_SECONDS)
        shares = spent(first) - before[0], spent(behind) - before[1]
        assert shares[0] > 3 * shares[1], shares
        assert behind.nice() == first.nice() + BEHIND_RUNNERS


async def test_what_has_ended_is_nobodys_trouble() -> None:
    with busy(min(os.sched_getaffinity(0))) as process:
        pass
    await stand_back(process.pid, BEHIND_RUNNERS)


async def test_a_share_that_may_not_be_changed_yet_is_changed_a_moment_later(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = [BlockingIOError(), BlockingIOError()]
    changed: list[tuple[int, int]] = []

    def change(process: int, by: int) -> None:
        if refused:
            raise refused.pop()
        changed.append((process, by))

    monkeypatch.setattr(precedence, "_change_share", change)
    monkeypatch.setattr(precedence, "AGAIN_SECONDS", 0.001)
    with busy(min(os.sched_getaffinity(0))) as process:
        await stand_back(process.pid, BEHIND_RUNNERS)
        assert changed == [(process.pid, BEHIND_RUNNERS)]


async def test_whoever_reads_documents_stands_behind_all_others() -> None:
    ours = psutil.Process()
    async with DocumentPool() as pool:
        await pool.read(b"a text")
        (helper,) = [child for child in ours.children() if "extract_text.worker" in " ".join(child.cmdline())]
        assert helper.nice() == ours.nice() + BEHIND_ALL
        assert share_of(helper) == BEHIND_ALL
