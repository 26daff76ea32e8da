"""What processes cost: CPU seconds and memory of whole trees, as the kernel counts them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

SAMPLE_SECONDS = 1.0
CLIENT = "client"
"""The name under which what measures is counted: this process, or another that is named; not its memory."""

Roots = Mapping[str, Sequence[int]]
"""The processes that lead each group, by its name; all that they have started belongs to it."""


@dataclass(slots=True)
class Spent:
    """What each group spent while it was watched: CPU seconds, and the most memory it held (PSS, in MB)."""

    cpu_seconds: dict[str, float] = field(default_factory=dict)
    memory_mb: dict[str, float] = field(default_factory=dict)


@contextmanager
def watched(roots: Roots) -> Iterator[Spent]:
    """What the groups spend until the block ends; known then. Looking at their memory takes some hundredths of a second: the first time is before the block."""
    spent = Spent()
    _note_memory(roots, spent)
    before = cpu_seconds(roots)
    stop = threading.Event()
    sampler = threading.Thread(target=_sample, args=(roots, spent, stop), daemon=True)
    sampler.start()
    try:
        yield spent
    finally:
        after = cpu_seconds(roots)
        stop.set()
        sampler.join()
        spent.cpu_seconds.update({name: after[name] - before[name] for name in after})


def cpu_seconds(roots: Roots) -> dict[str, float]:
    """User and system time of each group so far, with that of children that have ended, and of this process."""
    groups = {name: sum(map(_cpu, processes)) for name, processes in _trees(roots).items()}
    mine = psutil.Process().cpu_times()
    return {CLIENT: mine.user + mine.system, **groups}


def memory_mb(roots: Roots) -> dict[str, float]:
    """The memory of each group now: proportional set size, so that what is shared counts once."""
    return {name: sum(map(_pss, processes)) / 1e6 for name, processes in _trees(roots).items() if name != CLIENT}


def _sample(roots: Roots, spent: Spent, stop: threading.Event) -> None:
    while not stop.wait(SAMPLE_SECONDS):
        _note_memory(roots, spent)
    _note_memory(roots, spent)


def _note_memory(roots: Roots, spent: Spent) -> None:
    for name, held in memory_mb(roots).items():
        spent.memory_mb[name] = max(spent.memory_mb.get(name, 0.0), held)


def _trees(roots: Roots) -> dict[str, set[psutil.Process]]:
    """All processes of each group; what the client has started for a group is the group's alone."""
    trees = {name: set(_tree(pids)) for name, pids in roots.items()}
    if CLIENT in trees:
        trees[CLIENT].difference_update(*(others for name, others in trees.items() if name != CLIENT))
    return trees


def _tree(pids: Iterable[int]) -> Iterator[psutil.Process]:
    for pid in pids:
        try:
            root = psutil.Process(pid)
            yield root
            yield from root.children(recursive=True)
        except psutil.NoSuchProcess:
            continue


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:  # It has ended: its time is now its parent's.
        return 0.0
    return times.user + times.system + times.children_user + times.children_system


def _pss(process: psutil.Process) -> int:
    try:
        with open(f"/proc/{process.pid}/smaps_rollup") as file:  # noqa: PTH123 - read often, and of the kernel
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))
