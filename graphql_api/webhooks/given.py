"""Plans of webhooks as clients give them, and what they are checked against before they go into an event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.jobs.inputs import misfits
from domain.refusals import Detail
from domain.webhooks.events import Mapped, WebhookPlan
from graphql_api.callbacks.given import credentials_wrong
from graphql_api.context import Context
from graphql_api.describe import about, input_type
from graphql_api.jobs.starting import Startable
from graphql_api.values.shown import opened

INLINE_BYTES_MAX = 1024
"""A larger value is kept in the blob store."""


@input_type
class MappedInput:
    """Where the value of an input is found in the body of a call."""

    input: str = about("The name of the input.")
    path: list[str] = about(
        'Names of fields, and numbers of items of lists from 0: ["data", "items", "0"]; empty for the whole body.'
    )


def read_mapping(given: Sequence[MappedInput] | None) -> tuple[Mapped, ...] | None:
    """The mapping as a plan records it."""
    return None if given is None else tuple(Mapped(input=one.input, path=tuple(one.path)) for one in given)


async def plan_misfits(
    context: Context, plan: WebhookPlan, version: Startable, details: Sequence[Detail]
) -> tuple[Detail, ...]:
    """All that is wrong with a plan for the active version of its workflow and the credentials of the workspace."""
    whole = {name: await opened(context, value) for name, value in plan.inputs.items()}
    wrong = [*details, *misfits(version.graph.inputs, whole, "input"), *_names_wrong(plan, version)]
    wrong += [detail async for detail in credentials_wrong(context, _credentials(plan))]
    return tuple(wrong)


def _names_wrong(plan: WebhookPlan, version: Startable) -> Iterator[Detail]:
    declared = {each.name: each for each in version.graph.inputs}
    mapped = {one.input for one in plan.mapping or ()}
    for what, names in (("mapping.", mapped), ("input ", plan.inputs)):
        for name in names:
            if name not in declared:
                yield Detail(f"{what}{name}", "an input of the workflow", "one that it does not have")
    for each in declared.values() if plan.mapping is not None else ():
        if each.required and each.default is None and each.name not in mapped | plan.inputs.keys():
            yield Detail(f"input {each.name}", "a path or a value, since it is required", "neither")


def _credentials(plan: WebhookPlan) -> Iterator[tuple[str, str]]:
    if plan.credential.strip():
        yield "credential", plan.credential
    for place, callback in enumerate(plan.callbacks):
        if callback.credential.strip():
            yield f"callbacks[{place}].credential", callback.credential
