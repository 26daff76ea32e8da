"""Which workloads there are, what each needs, and the order in which they are measured."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from benchmarks.figures import Figure
from benchmarks.stage import Stage
from benchmarks.workloads import human_wait, latency, throughput

Measure = Callable[[Stage], Awaitable[list[Figure]]]


@dataclass(frozen=True, slots=True)
class Workload:
    """What can be asked for by name."""

    name: str
    title: str
    measure: Measure
    large: bool = False  # Left out unless asked for by name or with --large.
    quick: bool = True
    processes: int = 1  # so many runners, and so many processes of the API
    apart: bool = False  # On a system of its own, once.
    seconds_max: float = 100.0  # A run that takes longer is given up.


WORKLOADS: Sequence[Workload] = (
    Workload("W1", "chain: 1,000 jobs of 5 tasks in a row", throughput.chain),
    Workload("W2", "diamond: 500 jobs of 8 parallel tasks and a join", throughput.diamond),
    Workload("W3", "latency: one chain at a time, 100 times", latency.latency),
    Workload("W4", "wide: one job of 1,000 parallel tasks and a join", throughput.wide),
    Workload("W4-10000", "wide: one job of 10,000 parallel tasks and a join", throughput.widest, quick=False),
    Workload(
        "W5",
        "human wait: 10,000 jobs wait for a person, then all are decided",
        human_wait.human_wait,
        seconds_max=240.0,
    ),
    Workload("W1-two", "chain, on two runners and two APIs", throughput.chain_on_two, processes=2, quick=False),
    Workload(
        "W5-100000",
        "human wait: 100,000 jobs; at rest",
        human_wait.many_waiting,
        large=True,
        quick=False,
        apart=True,
        seconds_max=900.0,
    ),
)
