"""Which systems and workloads there are, and who does which."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.figures import Figure
from benchmarks.peers.dbos import workloads as on_dbos
from benchmarks.peers.dbos.system import dbos
from benchmarks.peers.restate import workloads as on_restate
from benchmarks.peers.restate.system import restate
from benchmarks.stage import stage
from benchmarks.workloads import editing, human_wait, latency, live, outside, reads, real_graphs, rest, throughput

OPUS = "opus"


@dataclass(frozen=True, slots=True)
class Workload:
    """What can be asked for by name."""

    name: str
    title: str
    large: bool = False  # Left out unless asked for by name or with --large.
    quick: bool = True
    seconds_max: float = 100.0  # A run that takes longer is given up.
    called: tuple[str, ...] = ()  # how its figures name it, where that is not its name

    @property
    def names(self) -> tuple[str, ...]:
        """What it can be asked for by."""
        return (self.name, *(name for name in self.called if " " not in name and name != self.name))

    def made(self, workload: str) -> bool:
        """Whether figures of this name are its."""
        return any(workload == name or workload.startswith(f"{name} ") for name in self.called or (self.name,))


@dataclass(frozen=True, slots=True)
class System:
    """One that is measured: how it is set up, warmed up, and made to do each workload."""

    name: str
    opened: Callable[[], AbstractAsyncContextManager[Any]]
    warm_up: Callable[[Any], Awaitable[None]]
    measures: Mapping[str, Callable[[Any], Awaitable[list[Figure]]]]
    once: bool = False  # Its workloads are measured in the first round alone.


WORKLOADS: Sequence[Workload] = (
    Workload("rest", "the system at rest, after a few jobs", quick=False, called=("at rest",)),
    Workload("W1", "chain: 1,000 jobs of 5 tasks in a row"),
    Workload("W7", "chain with external workers: W1, each task performed by one of two worker processes"),
    Workload("W2", "diamond: 500 jobs of 8 parallel tasks and a join"),
    Workload("W3", "latency: one chain at a time, 100 times"),
    Workload("W4", "wide: one job of 1,000 parallel tasks and a join", called=("W4 1,000",)),
    Workload(
        "W4-10000",
        "wide: one job of 10,000 parallel tasks and a join",
        quick=False,
        called=("W4 10,000",),
        seconds_max=240.0,
    ),
    Workload(
        "W5",
        "human wait: 10,000 jobs wait for a person, then all are decided",
        seconds_max=240.0,
        called=("W5 10,000",),
    ),
    Workload("W6", "real graphs: 20 jobs of each at once"),
    Workload("S1", "live: events to subscribers", quick=False, seconds_max=200.0),
    Workload("E1", "editing: one edit of a workflow of 1,000 tasks and 3,000 edges, and its activation"),
    Workload("W1-two", "chain, on two runners and two APIs", quick=False),
    Workload(
        "W5-100000",
        "human wait: 100,000 jobs, and at rest",
        large=True,
        quick=False,
        seconds_max=1_800.0,
        called=("W5 100,000",),
    ),
    Workload(
        "P1-R1",
        "projector on 5,000,000 events, then reads of 1,000,000 jobs",
        large=True,
        quick=False,
        seconds_max=1_800.0,
        called=("P1", "R1"),
    ),
)


async def _nothing(_opened: object) -> None:
    return


SYSTEMS: Sequence[System] = (
    System(
        OPUS,
        stage,
        throughput.warm_up,
        {
            "rest": rest.at_rest,
            "W1": throughput.chain,
            "W7": outside.chain_outside,
            "W2": throughput.diamond,
            "W3": latency.latency,
            "W4": throughput.wide,
            "W4-10000": throughput.widest,
            "W5": human_wait.human_wait,
            "W6": real_graphs.real_graphs,
            "S1": live.live,
            "E1": editing.editing,
        },
    ),
    System(OPUS, partial(stage, runners=2, apis=2), throughput.warm_up, {"W1-two": throughput.chain_on_two}),
    System(OPUS, stage, throughput.warm_up, {"W5-100000": human_wait.many_waiting}, once=True),
    System(OPUS, stage, throughput.warm_up, {"P1-R1": reads.large}, once=True),
    System(
        "restate",
        restate,
        on_restate.warm_up,
        {
            "W1": on_restate.chain,
            "W2": on_restate.diamond,
            "W3": on_restate.latency,
            "W4": on_restate.wide,
            "W5": on_restate.human_wait,
        },
    ),
    System(
        "dbos",
        dbos,
        _nothing,  # Each workload warms up its own workers.
        {
            "W1": on_dbos.chain,
            "W2": on_dbos.diamond,
            "W3": on_dbos.latency,
            "W4": on_dbos.wide,
            "W5": on_dbos.human_wait,
        },
    ),
)
