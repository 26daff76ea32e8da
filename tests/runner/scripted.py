"""A runner in the process of the test, with an action that does what the test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from domain.graph import Graph, GraphEdge, GraphInput, GraphOutput, GraphTask
from runner.actions.contract import Action, Outcome, Succeeded, TaskRun, Tools
from runner.actions.registry import ACTIONS, SANDBOXES
from runner.compose import open_system
from runner.worker import Worker
from tests.runner.stage import TEXT, Stage

Perform = Callable[[TaskRun, Mapping[str, Any], Tools], Awaitable[Outcome]]


@dataclass(slots=True)
class Scripted:
    """An action that does what the test says, and remembers what it was given."""

    perform_: Perform
    kind: str = "scripted"
    given: list[Mapping[str, Any]] = field(default_factory=list)
    tells_effect: bool = False

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """As the test says."""
        self.given.append(inputs)
        return await self.perform_(run, inputs, tools)


async def echo(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
    return Succeeded(dict(inputs))


async def hang(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
    await asyncio.Event().wait()
    raise AssertionError


@asynccontextmanager
async def runner_here(stage: Stage, action: Scripted, name: str = "here") -> AsyncIterator[None]:
    """A runner with this action, from holding its share of the shards until it has left in order."""
    stop, ready = asyncio.Event(), asyncio.Event()
    async with open_system(stage.settings, "runner") as system:
        actions: dict[str, Action] = {**ACTIONS, "scripted": action}
        worker = Worker(system, actions=actions, sandboxes={}, name=name, leave_seconds_max=0.5)
        working = asyncio.create_task(worker.run(stop, ready.set))
        try:
            await ready.wait()
            yield
        finally:
            stop.set()
            await asyncio.wait_for(working, 20)


@asynccontextmanager
async def real_runner(stage: Stage, **more: Action) -> AsyncIterator[None]:
    """A runner with the actions and sandboxes there are."""
    stop, ready = asyncio.Event(), asyncio.Event()
    async with open_system(stage.settings, "runner") as system:
        worker = Worker(system, actions={**ACTIONS, **more}, sandboxes=SANDBOXES, name="here", leave_seconds_max=0.5)
        working = asyncio.create_task(worker.run(stop, ready.set))
        try:
            await ready.wait()
            yield
        finally:
            stop.set()
            await asyncio.wait_for(working, 30)


def one(**task: Any) -> Graph:
    """A workflow of one scripted task, whose input and output are named `value`."""
    options: dict[str, Any] = {
        "inputs": (GraphInput(name="value", type=TEXT),),
        "outputs": (GraphOutput(name="value", type=TEXT),),
    }
    made = GraphTask(name="task", kind="scripted", **(options | task))
    declared = made.inputs[0]
    return Graph(
        inputs=(GraphOutput(name="value", type=declared.type),),
        tasks=(made,),
        edges=(GraphEdge(source=None, path=("value",), target="task", input=declared.name),),
    )
