"""What an action gives, as events can keep it: checked, keys with `$` escaped, and what is large put into the blob store.

The runner is the door for what actions make: here a value becomes one that can be kept, or it is said why it cannot. Facts are computed
before large values are replaced by where they are kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from domain.graph import Graph, GraphTask
from domain.jobs.facts import facts
from domain.jobs.run import Facts, Failure
from domain.refusals import Detail
from domain.types import check, describe
from domain.values import Value, ValueRefused, check_value, encode
from event_store.blobs import BlobStore
from runner.actions.contract import Failed, Succeeded
from runner.failures import OUTPUT_MISFIT, misfit
from runner.files import JSON_TYPE, contents_in, is_file, wrapper
from runner.performance import Acted
from runner.weight import HEAVY_BYTES, weighs_more, weight_within

INLINE_BYTES_MAX = 32 * 1024
"""A value that is larger as JSON is kept in the blob store, and the event says where."""
JSON_BYTES_A_CHARACTER_MAX = 6
MESSAGE_CHARACTERS_MAX = 2_000
DETAILS_BYTES_MAX = 8 * 1024
STORE_AGAIN_SECONDS_MIN = 0.1
STORE_AGAIN_SECONDS_MAX = 5.0

_log = logging.getLogger(__name__)


class Keepable:
    """Values as they can be kept; what is put away is durable when the rest is given back."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    async def outputs(
        self, workspace: UUID, graph: Graph | None, task: GraphTask, outcome: Succeeded, acted: Acted
    ) -> tuple[dict[str, Value], Facts] | Failed:
        """The outputs, and the facts of them (without a graph, as of an item, whose outputs nobody links, the route alone); or why they cannot be kept."""
        weight = weight_within(dict(outcome.outputs), HEAVY_BYTES)
        check_all = partial(_checked, graph, task, outcome, acted)
        checked = await asyncio.to_thread(check_all) if weight > HEAVY_BYTES else check_all()
        if isinstance(checked, Failed):
            return checked
        outputs, told = checked
        return (outputs if weight <= _light_bytes() else await self.put_all_away(workspace, outputs)), told

    async def evidence(self, workspace: UUID, evidence: Any, acted: Acted) -> Value:
        """On what an outcome rests, as its action recorded it."""
        check_value(evidence, path="evidence")
        return await self._put_away(workspace, _escaped(evidence, _known(acted)))

    async def put_all_away(self, workspace: UUID, values: dict[str, Value]) -> dict[str, Value]:
        """Values by name; in place of each that is large where it is kept."""
        if not weighs_more(values, _light_bytes()):
            return values
        return {name: await self._put_away(workspace, value) for name, value in values.items()}

    async def _put_away(self, workspace: UUID, value: Value) -> Value:
        if not weighs_more(value, _light_bytes()):
            return value
        encoded = await asyncio.to_thread(encode, value) if weighs_more(value, HEAVY_BYTES) else encode(value)
        if len(encoded) <= INLINE_BYTES_MAX:
            return value
        pause = STORE_AGAIN_SECONDS_MIN
        while True:
            try:
                return wrapper(await self._blobs.put(workspace, encoded, JSON_TYPE))
            except OSError as error:  # A full disk, a store that is away: the outcome waits here until it is back.
                _log.warning("a value of %s cannot be stored yet: %s", workspace, error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, STORE_AGAIN_SECONDS_MAX)


def failure(failed: Failed) -> Failure:
    """The failure with a message and details that can be kept."""
    message = failed.message[:MESSAGE_CHARACTERS_MAX].encode("utf-8", "replace").decode().replace("\0", "?")
    details = failed.details
    try:
        if details is not None and len(encode(details)) > DETAILS_BYTES_MAX:
            details = None
    except ValueRefused:
        details = None
    return Failure(code=failed.code, message=message, details=_escaped(details, lambda _: False))


def _light_bytes() -> int:
    """What weighs no more than this is kept in its event, without a look at its JSON."""
    return INLINE_BYTES_MAX // JSON_BYTES_A_CHARACTER_MAX


def _checked(
    graph: Graph | None, task: GraphTask, outcome: Succeeded, acted: Acted
) -> tuple[dict[str, Value], Facts] | Failed:
    outputs = dict(outcome.outputs)
    try:
        check_value(outputs, path="outputs")
    except ValueRefused as refused:
        return misfit(OUTPUT_MISFIT, "outputs", refused.details)
    known = _known(acted)
    outputs = {name: _escaped(value, known) for name, value in outputs.items()}
    if details := _wrong(task, outputs):
        return misfit(OUTPUT_MISFIT, "outputs", details)
    route = outcome.route
    return outputs, Facts(route=route) if graph is None else facts(graph, task.name, outputs, route)


def _known(acted: Acted) -> Callable[[Value], bool]:
    """Whether content was given to the run in a file, or stored by it; looked up only when an output holds a file."""
    given: list[Value] | None = None

    def known(content: Value) -> bool:
        nonlocal given
        if acted.files is not None and acted.files.stored(content):
            return True
        if given is None:
            given = list(contents_in([dict(acted.inputs), acted.came]))
        return content in given

    return known


def _escaped(value: Value, known: Callable[[Value], bool]) -> Value:
    """A value as it is kept: a key that begins with `$` has one more, but in a file whose content the run knows, exactly so."""
    if isinstance(value, dict):
        if is_file(value) and known(value["content"]):
            return value
        return {f"${key}" if key.startswith("$") else key: _escaped(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [_escaped(item, known) for item in value]
    return value


def _wrong(task: GraphTask, outputs: Mapping[str, Value]) -> list[Detail]:
    details: list[Detail] = []
    for output in task.outputs:
        value = outputs.get(output.name)
        if value is not None:
            details += check(output.type, value, output.name)
        elif output.required:
            details.append(Detail(output.name, describe(output.type), "nothing"))
    declared = {output.name for output in task.outputs}
    details += [Detail(name, "no such output", "one") for name in outputs if name not in declared]
    return details
