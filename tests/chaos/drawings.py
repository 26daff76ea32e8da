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
KINDS = ("noop", "slow", "fickle", "fickle", "count", "human_review", "wait", "message", "child", "child", "items")
POLICIES = ("FAIL_JOB", "ERROR_ROUTE", "CONTINUE", "HOLD", "HOLD")
OWN_ROUTES = {"human_review": ("accepted", "rejected")}
OUTPUTS = {"wait": None, "message": "message", "items": None}
"""The output that later tasks may use, by kind: `value` unless it is told here. What a for-each brings goes to the workflow's outputs."""
MESSAGE = "news"
TEXTS = {"type": "array", "items": TEXT}
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
    compensates: str | None = None

    @property
    def output(self) -> str | None:
        """The output that others may use."""
        return None if self.policy == "CONTINUE" or self.compensates else OUTPUTS.get(self.kind, "value")


@dataclass(slots=True)
class Drawing:
    """Tasks in an order in which each leads only to later ones."""

    random: Random
    counting: str
    child: str = ""  # the name of a workflow that may be run within
    tasks: list[Drawn] = field(default_factory=list)
    edges: list[dict[str, Any]] = field(default_factory=list)
    reviewed: set[str] = field(default_factory=set)

    def draw(self) -> None:
        """Draws tasks and what leads to them."""
        for number in range(self.random.randint(2, TASKS_MAX)):
            self._draw_task(f"t{number}")
        for task in self.tasks:
            if task.output is not None and task.name not in self.reviewed:
                self.edges.append({"source": task.name, "path": [task.output], "input": f"from_{task.name}"})
            elif task.kind == "items" and task.policy != "CONTINUE":
                self.edges.append({"source": task.name, "path": ["value"], "input": f"list_{task.name}"})
        if self.random.random() < 0.3:
            self._draw_compensation()

    def operations(self) -> list[dict[str, Any]]:
        """The edits that make the workflow."""
        outputs = [edge["input"] for edge in self.edges if "target" not in edge]
        return [
            {"declareInput": {"input": {"name": "value", "type": TEXT}}},
            {"declareInput": {"input": {"name": "texts", "type": TEXTS}}},
            *({"declareOutput": {"output": _output(name)}} for name in outputs),
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
        elif kind == "items":
            self.edges.append({"path": ["texts"], "target": name, "input": "value"})
        elif kind not in {"wait", "message"}:
            self._draw_values(task)
        if random.random() < 0.4:
            self._draw_orders(task)
        self.tasks.append(task)

    def _is_reviewable(self, task: Drawn) -> bool:
        used = any(edge.get("source") == task.name for edge in self.edges)
        return not used and task.output is not None and task.kind != "human_review" and task.name not in self.reviewed

    def _draw_compensation(self) -> None:
        """One that undoes a task which gives a value, with an effect that must not happen twice either."""
        done = [task for task in self.tasks if task.output == "value" and task.kind in {"noop", "fickle", "count"}]
        done = [task for task in done if task.name not in self.reviewed]
        if done:
            undone = self.random.choice(done)
            self.tasks.append(Drawn("undo", "count", "FAIL_JOB", compensates=undone.name))
            self.edges.append({"source": undone.name, "path": ["value"], "target": "undo", "input": "value"})

    def _draw_values(self, task: Drawn) -> None:
        sources = [other for other in self.tasks if other.output is not None and other.name not in self.reviewed]
        chosen = self.random.sample(sources, min(len(sources), self.random.randint(0, 2)))
        if not chosen or self.random.random() < 0.3:
            self.edges.append({"path": ["value"], "target": task.name, "input": "value"})
        for other in chosen:
            self.edges.append({"source": other.name, "path": [other.output], "target": task.name, "input": "value"})

    def _draw_orders(self, task: Drawn) -> None:
        sources = [other for other in self.tasks if other.name not in self.reviewed]
        for other in self.random.sample(sources, min(len(sources), self.random.randint(1, 2))):
            route = self.random.choice(("done", "error", *other.routes))
            self.edges.append({"source": other.name, "route": route, "target": task.name})

    def _task(self, task: Drawn) -> dict[str, Any]:
        random = self.random
        if task.compensates is not None:
            policy: dict[str, Any] = {"compensates": task.compensates}
            return {"task": task.name, "kind": task.kind, "config": {"url": self.counting}, "policy": policy}
        policy = {
            "onError": task.policy,
            "join": random.choice(("ALL", "ANY")),
            "timeLimitSeconds": random.choice((None, None, 20.0)),
            "heavy": random.choice((None, None, True)),
        }
        if random.random() < 0.4:
            policy["retry"] = {"attempts": random.randint(2, 3), "delaySeconds": random.choice((0.1, 1.0))}
        if task.kind == "items":
            failed = random.choice(("FAIL_TASK", "LEAVE_OUT", "HOLD"))
            policy["forEach"] = {"input": "value", "atOnceMax": random.randint(1, 3), "onItemError": failed}
        return {"task": task.name, **self._kind(task), "policy": policy}

    def _kind(self, task: Drawn) -> dict[str, Any]:
        random = self.random
        fickle = {"seconds": random.choice((0, 0.1)), "failing_percent": random.choice((10, 40))}
        declared = {"name": "message", "type": TEXT}
        kinds: dict[str, dict[str, Any]] = {
            "noop": {"kind": "noop"},
            "slow": {"kind": "slow", "config": {"seconds": random.choice((0.05, 0.3, 1.5))}},
            "fickle": {"kind": "fickle", "config": fickle},
            "count": {"kind": "count", "config": {"url": self.counting}},
            "human_review": {"kind": "human_review", "config": _review(task.reviews or "")},
            "wait": {"kind": "wait", "config": {"duration": random.choice((0.2, 2.0))}},
            "message": {"kind": "wait", "config": {"message": MESSAGE, "outputs": [declared]}},
            "child": {"kind": "execute_workflow", "config": {"workflow": self.child}},
            "items": {"kind": "fickle", "config": fickle},
        }
        return kinds[task.kind]


def _review(of: str) -> dict[str, Any]:
    return {"reviews": of, "guidance": "Is it right?", "assignment": {"roles": ["admin"]}}


def _output(name: str) -> dict[str, Any]:
    return {"name": name, "type": TEXTS if name.startswith("list_") else TEXT, "required": False}


async def draw_child(client: Client) -> str:
    """The name of an active workflow for others to run: something that fails now and then, a person, an output."""
    name = f"child {secrets.token_hex(4)}"
    fickle = {"failing_percent": 15}
    edges = [
        {"path": ["value"], "target": "try", "input": "value"},
        {"source": "judge", "path": ["value"], "input": "value"},
    ]
    operations = [
        {"declareInput": {"input": {"name": "value", "type": TEXT}}},
        {"declareOutput": {"output": {"name": "value", "type": TEXT}}},
        {"addTask": {"task": "try", "kind": "fickle", "config": fickle, "policy": {"onError": "HOLD"}}},
        {"addTask": {"task": "judge", "kind": "human_review", "config": _review("try")}},
        *({"connectEdge": {"edge": edge}} for edge in edges),
    ]
    created = await client.persist(CREATE, input={"name": name, "operations": operations})
    activated = await client.persist(ACTIVATE, input={"workflowId": created["workflowId"]})
    assert activated["__typename"] == "ActivateWorkflowSuccess", activated
    return name


async def draw_workflows(client: Client, random: Random, counting: str, count: int) -> list[str]:
    """The ids of so many active workflows; drawings that the checks refuse are drawn anew."""
    active: list[str] = []
    child = await draw_child(client)
    for _ in range(TRIES_MAX):
        drawing = Drawing(random, counting, child)
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
