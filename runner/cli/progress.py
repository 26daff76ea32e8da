"""A job as it moves: its events from the first to the last, and what they say of each task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.spinner import Spinner
from rich.table import Table

from runner.cli.client import ApiClient

ENDS = frozenset({"job.completed.v1", "job.failed.v1", "job.cancelled.v1", "job.timed_out.v1"})

_EVENT = "type at summary position changes { what status } data"
_LIVE = f"subscription ($id: ID!, $after: Cursor) {{ jobEvents(jobId: $id, after: $after) {{ cursor event {{ {_EVENT} }} }} }}"

_MARKS = {
    "SUCCEEDED": ("✓", "green"),
    "FAILED": ("✗", "red"),
    "OUTCOME_UNKNOWN": ("?", "red"),
    "HELD": ("‖", "yellow"),
    "WAITING": ("…", "yellow"),
    "RETRYING": ("↻", "yellow"),
    "SKIPPED": ("-", "dim"),
    "CANCELLED": ("-", "dim"),
}


def follow(client: ApiClient, job_id: str) -> Iterator[dict[str, Any]]:
    """The events of a job as they happen, from its first to its last; each once, also over a lost connection."""
    for message in client.subscribe(_LIVE, id=job_id):
        event = message["event"]
        if event is None:  # The mark between what was missed and what is live.
            continue
        yield event
        if event["type"] in ENDS:
            return


@dataclass(slots=True)
class Step:
    """How a task stands."""

    task: str
    status: str = "PENDING"
    note: str = ""
    started_at: datetime | None = None
    seconds: float | None = None
    items: int = 0  # of a for-each
    items_over: int = 0

    @property
    def line(self) -> str:
        """The same as text: `sure  succeeded → false  0.01 s`."""
        took = f"  {self.seconds:.2f} s" if self.seconds is not None else ""
        note = f" {self.note}" if self.note else ""
        return f"{self.task:<14} {self.status.lower().replace('_', ' ')}{note}{took}"


class Progress:
    """The tasks of a job, each as its last event left it."""

    def __init__(self, tasks: Sequence[str] = ()) -> None:
        self.steps = {task: Step(task) for task in tasks}

    def apply(self, event: dict[str, Any]) -> Step | None:
        """Takes in an event; returns the task it changed, if it changed one."""
        changed = next((one for one in event["changes"] if one["what"].startswith("task ")), None)
        if changed is None:
            return None
        task, _, item = changed["what"].removeprefix("task ").partition("#")[0].partition("[")
        if item:
            self._count(self.steps.setdefault(task, Step(task)), changed["status"])
            return None  # There may be very many.
        step = self.steps.setdefault(task, Step(task))
        at = datetime.fromisoformat(event["at"])
        if changed["status"] == "RUNNING":
            step.started_at = at
        over = changed["status"] not in ("RUNNING", "WAITING")
        step.seconds = (at - step.started_at).total_seconds() if over and step.started_at else None
        step.status, step.note = changed["status"], _note(event)
        if event["type"] == "job.items_began.v1":
            step.items, step.items_over = event["data"]["items"], 0
        return step

    @staticmethod
    def _count(step: Step, status: str) -> None:
        step.items_over += status in ("SUCCEEDED", "FAILED", "CANCELLED")
        step.note = f"{step.items_over} of {step.items} items"

    def table(self) -> Table:
        """All tasks, for a terminal."""
        table = Table(box=None, pad_edge=False, show_header=False)
        for step in self.steps.values():
            mark, style = _MARKS.get(step.status, (" ", "dim"))
            shown = Spinner("dots", style="cyan") if step.status == "RUNNING" else mark
            took = "" if step.seconds is None else f"{step.seconds:.2f} s"
            table.add_row(shown, step.task, step.status.lower().replace("_", " "), step.note, took, style=style)
        return table


def _note(event: dict[str, Any]) -> str:
    said = event["data"]
    match event["type"]:
        case "job.task_succeeded.v1" | "job.task_corrected.v1":
            route = said["facts"].get("route")
            return f"→ {route}" if route else ""
        case "job.items_began.v1":
            return f"for each of {said['items']} items"
        case "job.items_ended.v1":
            failed = f", {said['failed']} failed" if said["failed"] else ""
            return f"{said['succeeded']} items{failed}"
        case "job.task_wait_began.v1":
            return f"for a {said['waits_for']}"
        case "job.task_failed.v1" | "job.task_outcome_unknown.v1":
            return f"{said['error']['code']}: {said['error'].get('message') or ''}"
        case "job.task_skipped.v1":
            return str(said["because"]).replace("_", " ")
        case _:
            return ""
