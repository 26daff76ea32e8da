"""What stands for a run of a preview that is not performed: outputs that are pinned, a sample, or what an earlier preview gave."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Mapping
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from domain.graph import GraphTask
from domain.jobs.events import TaskSucceeded
from domain.jobs.run import Instead, Preview
from domain.kinds import KINDS
from domain.refusals import Detail
from domain.types import check
from domain.values import BLOB, RECORD_LEVELS_MAX, Value, encode_canonical, is_wrapper, unescape
from domain.workflows.previewing import route_shown
from domain.workflows.samples import sample_of
from event_store.blobs import BlobDamaged, BlobMissing, BlobStore
from event_store.keys import workspace_key
from event_store.mapper import Mapper, UnreadableEvent
from event_store.reader import Reader
from event_store.requests import Receipt
from event_store.units import StoreUnavailable
from runner.actions.contract import Failed, Succeeded
from runner.failures import value_unreadable
from runner.files import RunFiles
from runner.kept_outputs import KeptOutputs
from runner.performance import (
    READ_AGAIN_SECONDS_MAX,
    READ_AGAIN_SECONDS_MIN,
    Acted,
    KeepAs,
    NotToBePerformed,
    Performance,
)
from runner.values import JobValues, OpenValue, ValuesOfJobs
from runner.weight import HEAVY_BYTES, weighs_more

PURPOSE = "kept outputs"
SAMPLE_UNKNOWN = "SAMPLE_UNKNOWN"
SAMPLE_NAME = "sample"
NOTHING_SAID = Preview(draft_version=0)
"""Of a preview whose start says nothing of it."""

_log = logging.getLogger(__name__)


class Previews:
    """Looks before an action of a preview whether it is to be performed, and keeps what it gave."""

    def __init__(
        self,
        *,
        values: ValuesOfJobs,
        kept: KeptOutputs,
        reader: Reader,
        mapper: Mapper,
        blobs: BlobStore,
        open_value: OpenValue,
        master_key: bytes,
    ) -> None:
        self._values = values
        self._kept = kept
        self._reader = reader
        self._mapper = mapper
        self._blobs = blobs
        self._open_value = open_value
        self._keeping: dict[KeepAs, asyncio.Future[None]] = {}
        self._key_of = lru_cache(maxsize=1_000)(lambda workspace: workspace_key(master_key, workspace, PURPOSE))

    async def look(
        self,
        performance: Performance,
        values: JobValues,
        task: GraphTask,
        inputs: Mapping[str, Value],
        *,
        fit: bool,
    ) -> Acted | KeepAs | None:
        """What stands for the run; or, where it is to be performed, under what its outcome is kept then, if it can be."""
        pause = READ_AGAIN_SECONDS_MIN
        while True:
            try:
                return await self._look(performance, values, task, inputs, fit=fit)
            except UnreadableEvent as error:
                raise NotToBePerformed(str(error)) from error
            except (BlobMissing, BlobDamaged):
                return Acted(value_unreadable("what is pinned is missing in the blob store, or was changed."))
            except (StoreUnavailable, OSError) as error:
                _log.warning("what stands for %s cannot be read yet: %s", performance.attempt_id, type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(2 * pause, READ_AGAIN_SECONDS_MAX)

    async def _look(
        self,
        performance: Performance,
        values: JobValues,
        task: GraphTask,
        inputs: Mapping[str, Value],
        *,
        fit: bool,
    ) -> Acted | KeepAs | None:
        root = values if values.parent is None else await self._values.of(values.root)
        preview = root.preview or NOTHING_SAID
        if root is values and task.name in preview.pinned:
            return await self._pinned(values, task, inputs, preview.pinned[task.name])
        if not fit or performance.resumed is not None:
            return None
        if has_effect(task):
            return None if preview.effects else await self._sample(values, task, inputs)
        if task.repetition != "repeatable":
            return None
        heavy = weighs_more(dict(inputs), HEAVY_BYTES)
        digest = partial(_digest, self._key_of(values.workspace), task, inputs)
        key = await asyncio.to_thread(digest) if heavy else digest()
        keep_as = KeepAs(values.workspace, root.workflow_id, key)
        if preview.fresh:
            return keep_as
        return await self._find(keep_as, values, inputs) or keep_as

    async def keep(self, keep_as: KeepAs, report: Awaitable[Receipt | None]) -> None:
        """The outcome of a run, once its report is recorded, stands again for the next that are alike: they wait for that here."""
        keeping = self._keeping[keep_as] = asyncio.get_running_loop().create_future()
        try:
            receipt = await report
            if receipt is not None and receipt.position:
                await self._store(keep_as, receipt)
        finally:
            keeping.set_result(None)
            if self._keeping.get(keep_as) is keeping:
                del self._keeping[keep_as]

    async def _store(self, keep_as: KeepAs, receipt: Receipt) -> None:
        try:
            await self._kept.keep(*keep_as, receipt.stream, receipt.first_version)
        except StoreUnavailable as error:  # Nothing is lost but time.
            _log.warning("an outcome of the preview %s is not kept: %s", receipt.stream, error)

    async def _pinned(
        self, values: JobValues, task: GraphTask, inputs: Mapping[str, Value], outputs: Mapping[str, Value]
    ) -> Acted:
        whole = await self._whole(values.workspace, outputs)
        return _standing(values, inputs, whole, route_shown(task, whole), Instead(by="pinned"))

    async def _sample(self, values: JobValues, task: GraphTask, inputs: Mapping[str, Value]) -> Acted:
        files = RunFiles(self._blobs, values.workspace)
        wanted: list[str] = []
        for output in task.outputs:
            sample_of(output.type, wanted.append)
        stored = {each: await files.store(SAMPLE_NAME, each, b"") for each in dict.fromkeys(wanted)}
        declared = _declared_samples(task)
        outputs = {
            output.name: declared.get(output.name, sample_of(output.type, stored.__getitem__))
            for output in task.outputs
        }
        details = [
            detail for output in task.outputs for detail in check(output.type, outputs[output.name], output.name)
        ]
        if details:
            return Acted(_no_sample(task, details), values, inputs)
        outcome = Succeeded(outputs, route_shown(task, outputs))
        return Acted(outcome, values, inputs, files, instead=Instead(by="sample"))

    async def _find(self, keep_as: KeepAs, values: JobValues, inputs: Mapping[str, Value]) -> Acted | None:
        """What is kept of another preview; where it cannot be read the run is performed, which is never wrong."""
        try:
            if (keeping := self._keeping.get(keep_as)) is not None:
                await asyncio.wait({keeping})
            place = await self._kept.find(*keep_as)
            if place is None or place[0] == values.job_id:
                return None
            job_id, version = place
            for record in await self._reader.read_versions(job_id, [version]):
                event = self._mapper.event(record)
                if isinstance(event, TaskSucceeded) and not event.passed:
                    whole = await self._whole(values.workspace, event.outputs)
                    instead = Instead(by="kept", of=f"{job_id}:{version}")
                    return _standing(values, inputs, whole, event.facts.route, instead)
        except (StoreUnavailable, OSError, BlobMissing, BlobDamaged, UnreadableEvent) as error:
            _log.warning("what is kept of previews cannot be read: %s", type(error).__name__)
        return None

    async def _whole(self, workspace: UUID, outputs: Mapping[str, Value]) -> dict[str, Value]:
        return {
            name: await self._open_value(workspace, value) if is_wrapper(value) and BLOB in value else value
            for name, value in outputs.items()
        }


def has_effect(task: GraphTask) -> bool:
    """Whether performing the task changes something outside of its job."""
    kind = KINDS.get(task.kind)
    try:
        return task.repetition == "once" if kind is None else kind.has_effect(kind.read(task.config))
    except ValidationError:
        return True  # A configuration of another version of the kind: what it does is not known here.


def _declared_samples(task: GraphTask) -> dict[str, Any]:
    """The samples that the task's own configuration has for its outputs."""
    kind = KINDS.get(task.kind)
    declared = None if kind is None else kind.declared(kind.read(task.config), "output")
    return {one.name: unescape(one.sample.value) for one in declared or () if one.sample is not None}


def _standing(
    values: JobValues, inputs: Mapping[str, Value], kept: dict[str, Value], route: str | None, instead: Instead
) -> Acted:
    # As what came to the run, so that files in it are known to be files.
    outputs = {name: unescape(value) for name, value in kept.items()}
    return Acted(Succeeded(outputs, route), values, inputs, came=kept, instead=instead)


def _digest(key: bytes, task: GraphTask, inputs: Mapping[str, Value]) -> bytes:
    """The same for two runs of one kind that are so alike that they would give the same."""
    kind = KINDS.get(task.kind)
    said = {
        "kind": task.kind,
        "action_version": 1 if kind is None else kind.action_version,
        "config": task.config,
        "inputs": dict(inputs),
        "outputs": [output.model_dump(mode="json") for output in task.outputs],
    }
    return hmac.new(key, encode_canonical(said, levels_max=RECORD_LEVELS_MAX), sha256).digest()


def _no_sample(task: GraphTask, details: list[Detail]) -> Failed:
    places = ", ".join(detail.path for detail in details)
    return Failed(
        SAMPLE_UNKNOWN,
        f"Expected a sample for the outputs of {task.name}, which is not performed, but none can be made up for {places}. "
        "Pin its outputs, give them samples, or have effects performed.",
        details=[{"path": detail.path, "expected": detail.expected, "found": detail.found} for detail in details],
    )
