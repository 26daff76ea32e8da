"""What the job of a time is called, and how the time is given to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.schedules.events import Plan
from domain.schedules.rules import zone_of


def local(plan: Plan, time: datetime) -> datetime:
    """A time on the clocks that the plan's rule goes by."""
    return time.astimezone(zone_of(plan.rule))


def title_at(plan: Plan, time: datetime) -> Any:
    """The title of the job of a time; one that is sealed stays as it is."""
    if not isinstance(plan.title, str):
        return plan.title
    shown = local(plan, time)
    return plan.title.replace("{date}", f"{shown:%Y-%m-%d}").replace("{time}", f"{shown:%H:%M}")


def inputs_at(plan: Plan, time: datetime) -> dict[str, Any]:
    """The inputs of the job of a time, as they are kept; the one for the time itself is ISO 8601 with offset."""
    if plan.time_input is None:
        return plan.inputs
    return {**plan.inputs, plan.time_input: local(plan, time).isoformat()}
