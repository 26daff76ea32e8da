"""What processes cost is counted for whole trees, and for each group once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from benchmarks.processes import CLIENT, cpu_seconds, memory_mb, watched

BUSY = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"
PARENT = (
    f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BUSY!r}])\nprint('done', flush=True)\ninput()\n"
)


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    """A process whose child works and ends, while it only waits."""
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    yield process
    process.communicate("\n")


def test_the_time_of_a_child_that_has_ended_is_its_parents(parent: subprocess.Popen[str]) -> None:
    with watched({"group": [parent.pid]}) as spent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "done\n"
    assert spent.cpu_seconds["group"] >= 0.25
    assert spent.memory_mb["group"] > 1


def test_what_the_client_started_for_a_group_is_counted_there_alone(parent: subprocess.Popen[str]) -> None:
    with watched({"group": [parent.pid], CLIENT: [os.getpid()]}) as spent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "done\n"
    assert spent.cpu_seconds["group"] >= 0.25
    assert spent.cpu_seconds[CLIENT] < 0.25
    assert spent.memory_mb.keys() == {"group"}


def test_a_process_that_has_ended_costs_nothing_more() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert cpu_seconds({"group": [ended.pid]})["group"] == 0
    assert memory_mb({"group": [ended.pid]}) == {"group": 0}
