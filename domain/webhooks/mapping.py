"""What of the body of a call becomes the inputs of its job."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from domain.values import escape
from domain.webhooks.events import WebhookPlan


def inputs_of(plan: WebhookPlan, body: Any, names: Collection[str]) -> dict[str, Any]:
    """The inputs of a job, as they are kept but for their size: what is mapped and there, beside what every job is given.

    What is absent or null in the body is not given. Without a mapping, `names` are the inputs that fields of the body may be.
    """
    mapped: dict[str, tuple[str, ...]]
    if plan.mapping is None:
        mapped = {name: (name,) for name in names if name not in plan.inputs}
    else:
        mapped = {one.input: one.path for one in plan.mapping}
    found = {name: value_in(body, path) for name, path in mapped.items()}
    return {**plan.inputs, **{name: escape(value) for name, value in found.items() if value is not None}}


def business_key_of(plan: WebhookPlan, body: Any) -> str | None:
    """What the body says the job is about: a text or a whole number; None where it says nothing."""
    found = None if plan.business_key is None else value_in(body, plan.business_key)
    if isinstance(found, bool) or not isinstance(found, str | int):
        return None
    return str(found)


def value_in(body: Any, path: tuple[str, ...]) -> Any:
    """What stands at a path, null where nothing does: fields of objects by name, items of lists by number from 0."""
    for step in path:
        if isinstance(body, dict):
            body = body.get(step)
        elif isinstance(body, list) and step.isascii() and step.isdigit() and int(step) < len(body):
            body = body[int(step)]
        else:
            return None
    return body
