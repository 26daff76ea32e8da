"""Random workflows, drawn through the public API: every kind of task, edge and policy that can be had without a clock of days."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.acceptance.client import Client
from tests.acceptance.designs import TEXT

CREATE = """
mutation ($input: CreateWorkflowInput!) {
  createWorkflow(input: $input) {
    __typename ... on CreateWorkflowSuccess { workflowId } ... on CommandRefused { code message }
  }
}
"""
ACTIVATE = """
mutation ($input: ActivateWorkflowInput!) {
  activateWorkflow(input: $input) {
    __typename ... on ActivateWorkflowSuccess { position } ... on CommandRefused { code message details { message } }
  }
}
"""
KINDS = ("noop", "noop", "slow", "fickle", "fickle", "count", "human_review")
POLICIES = ("FAIL_JOB", "ERROR_ROUTE", "CONTINUE", "HOLD", "HOLD")
OWN_ROUTES = {"human_review": ("accepted", "rejected")}
TASKS_MAX = 9
TRIES_MAX = 200


@dataclass(slots=True)
class Drawn:
    """A task of the drawing."""

    name: str
    kind: str
    policy: str
    reviews: str | None = None
    routes: tuple[str, ...] = ()


@dataclass(slots=True)
class Drawing:
    """Tasks in an order in which each leads only to later ones."""

    random: Random
    counting: str
    tasks: list[Drawn] = field(default_factory=list)
    edges: list[dict[str, Any]] = field(default_factory=list)
    reviewed: set[str] = field(default_factory=set)

    def draw(self) -> None:
        """Draws tasks and what leads to them."""
        for number in range(self.random.randint(2, TASKS_MAX)):
            self._draw_task(f"t{number}")
        for task in self.tasks:
            if task.policy != "CONTINUE" and task.name not in self.reviewed:
                self.edges.append({"source": task.name, "path": ["value"], "input": f"from_{task.name}"})

    def operations(self) -> list[dict[str, Any]]:
        """The edits that make the workflow."""
        outputs = [edge["input"] for edge in self.edges if "target" not in edge]
        return [
            {"declareInput": {"input": {"name": "value", "type": TEXT}}},
            *({"declareOutput": {"output": {"name": name, "type": TEXT, "required": False}}} for name in outputs),
            *({"addTask": self._task(task)} for task in self.tasks),
            *({"connectEdge": {"edge": edge}} for edge in self.edges),
        ]

    def _draw_task(self, name: str) -> None:
        random = self.random
        kind = random.choice(KINDS)
        reviewable = [task for task in self.tasks if self._is_reviewable(task)]
        reviews = random.choice(reviewable).name if kind == "human_review" and reviewable else None
        if kind == "human_review" and reviews is None:
            kind = "noop"
        task = Drawn(name, kind, random.choice(POLICIES), reviews, OWN_ROUTES.get(kind, ()))
        if reviews is not None:
            self.reviewed.add(reviews)
        else:
            self._draw_values(task)
        if random.random() < 0.4:
            self._draw_orders(task)
        self.tasks.append(task)

    def _is_reviewable(self, task: Drawn) -> bool:
        used = any(edge.get("source") == task.name for edge in self.edges)
        return not used and task.kind != "human_review" and task.policy != "CONTINUE" and task.name not in self.reviewed

    def _draw_values(self, task: Drawn) -> None:
        sources = [other.name for other in self.tasks if other.policy != "CONTINUE" and other.name not in self.reviewed]
        chosen = self.random.sample(sources, min(len(sources), self.random.randint(0, 2)))
        if not chosen or self.random.random() < 0.3:
            self.edges.append({"path": ["value"], "target": task.name, "input": "value"})
        self.edges += [{"source": name, "path": ["value"], "target": task.name, "input": "value"} for name in chosen]

    def _draw_orders(self, task: Drawn) -> None:
        sources = [other for other in self.tasks if other.name not in self.reviewed]
        for other in self.random.sample(sources, min(len(sources), self.random.randint(1, 2))):
            route = self.random.choice(("done", "error", *other.routes))
            self.edges.append({"source": other.name, "route": route, "target": task.name})

    def _task(self, task: Drawn) -> dict[str, Any]:
        random = self.random
        config: dict[str, Any] = {}
        if task.kind == "slow":
            config = {"seconds": random.choice((0.05, 0.3, 1.5))}
        elif task.kind == "fickle":
            config = {"seconds": random.choice((0, 0.1)), "failing_percent": random.choice((10, 40))}
        elif task.kind == "count":
            config = {"url": self.counting}
        elif task.reviews is not None:
            config = {"reviews": task.reviews, "guidance": "Is it right?", "assignment": {"roles": ["admin"]}}
        policy = {
            "onError": task.policy,
            "join": random.choice(("ALL", "ANY")),
            "timeLimitSeconds": random.choice((None, None, 20.0)),
            "heavy": random.choice((None, None, True)),
        }
        return {"task": task.name, "kind": task.kind, "config": config, "policy": policy}


async def draw_workflows(client: Client, random: Random, counting: str, count: int) -> list[str]:
    """The ids of so many active workflows; drawings that the checks refuse are drawn anew."""
    active: list[str] = []
    for _ in range(TRIES_MAX):
        drawing = Drawing(random, counting)
        drawing.draw()
        name = f"chaos {secrets.token_hex(4)}"
        created = await client.persist(CREATE, input={"name": name, "operations": drawing.operations()})
        if created["__typename"] != "CreateWorkflowSuccess":
            continue
        activated = await client.persist(ACTIVATE, input={"workflowId": created["workflowId"]})
        if activated["__typename"] == "ActivateWorkflowSuccess":
            active.append(created["workflowId"])
        if len(active) == count:
            return active
    raise AssertionError(f"Expected {count} workflows that pass the checks, but only {len(active)} of {TRIES_MAX} did.")
