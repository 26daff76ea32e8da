"""From the outcome of an action to the command that records it; an outcome that cannot be recorded as it is fails its run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from domain.ids import derive
from domain.jobs.asking import review_id, run_reviewed, sources_shown
from domain.jobs.commands import (
    ExpireTask,
    RecordCredentialOpened,
    RecordEffectBegan,
    RecordOutcomeUnknown,
    RecordRoundEnded,
    RecordTaskFailed,
    RecordTaskSucceeded,
    RecordTaskWaiting,
    RunCommand,
    StartJob,
)
from domain.jobs.facts import facts
from domain.jobs.labels import OF_PARENT
from domain.jobs.refusals import ParentPauseDiffers
from domain.jobs.run import Parent, Run
from domain.jobs.shard import shard
from domain.refusals import Refusal
from domain.reviews.commands import RequestReview
from domain.reviews.events import Assignment
from domain.values import Value
from event_store.requests import Receipt
from event_store.units import Origin, StoreUnavailable
from runner.actions.contract import (
    ChildWanted,
    Failed,
    MessageWanted,
    Outcome,
    ReviewWanted,
    Succeeded,
    TimeWanted,
    WorkerWanted,
)
from runner.external.offering import Offering
from runner.external.offers import offer_of
from runner.external.rows import Offer
from runner.failures import outcome_unrecordable, time_limit_exceeded
from runner.keepable import Keepable, failure
from runner.performance import TIME_LIMIT_DEFAULT_SECONDS, Acted, NotToBePerformed, Performance
from runner.previews import Previews
from runner.scrubbing import scrubbed
from runner.sending import Sending
from runner.values import GraphOf, JobValues
from runner.weight import HEAVY_BYTES, weighs_more

MEMBER = "member"

_log = logging.getLogger(__name__)


class Reporting:
    """Tells the log how runs ended."""

    def __init__(
        self,
        *,
        sending: Sending,
        keepable: Keepable,
        graph_of: GraphOf,
        previews: Previews,
        offering: Offering,
        owns: Callable[[UUID], bool],
        waits_for_worker: Callable[[UUID, Run], bool],
    ) -> None:
        self._sending = sending
        self._keepable = keepable
        self._graph_of = graph_of
        self._previews = previews
        self._offering = offering
        self._owns = owns
        self._waits_for_worker = waits_for_worker

    async def begin_effect(self, performance: Performance) -> None:
        """Records that the effect of a *once* run begins; raises NotToBePerformed when it must not."""
        try:
            await self._send(performance, RecordEffectBegan(at=_now(), **_of(performance)))
        except Refusal as refusal:
            raise NotToBePerformed(refusal.message) from refusal
        performance.effect_began = True

    async def say_opened(self, performance: Performance, credential_id: UUID, name: str, revision: int) -> None:
        """Records that the run is given a credential; raises NotToBePerformed when it must not be."""
        command = RecordCredentialOpened(
            at=_now(), credential_id=credential_id, name=name, revision=revision, **_of(performance)
        )
        try:
            await self._send(performance, command)
        except Refusal as refusal:
            raise NotToBePerformed(refusal.message) from refusal

    async def report(self, performance: Performance, acted: Acted) -> None:
        """Records an outcome; one that cannot be recorded as it is fails the run, for it must end."""
        try:
            await self._report(performance, acted)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - a bug of ours must not leave the run without an end
            _log.exception("the outcome of %s could not be recorded", performance.attempt_id)
            await self._failed(performance, outcome_unrecordable(error))

    async def _report(self, performance: Performance, acted: Acted) -> None:
        outcome: Outcome = acted.outcome
        if acted.secrets:
            heavy = isinstance(outcome, Succeeded) and weighs_more(dict(outcome.outputs), HEAVY_BYTES)
            scrub = partial(scrubbed, outcome, acted.secrets)
            outcome = await asyncio.to_thread(scrub) if heavy else scrub()
        if acted.broke and performance.effect_began:
            await self._send_or_fail(performance, RecordOutcomeUnknown(at=_now(), **_of(performance)))
            return
        match outcome:
            case Succeeded():
                await self._succeeded(performance, outcome, acted)
            case ReviewWanted():
                await self._review_wanted(performance, outcome, acted)
            case ChildWanted():
                await self._child_wanted(performance, acted)
            case WorkerWanted():
                await self._worker_wanted(performance, acted)
            case MessageWanted():
                await self._send_or_fail(performance, _waiting(performance, waits_for="message", message=outcome.name))
            case TimeWanted():
                until = outcome.until or _now() + timedelta(seconds=outcome.seconds)
                command = _waiting(performance, waits_for="time", due_at=until, at_due="succeed")
                await self._send_or_fail(performance, command)
            case Failed():
                await self._failed(performance, outcome, acted)

    async def report_time_limit(self, performance: Performance) -> None:
        """Records that the time of a run was up; of an effect that had begun it is not known whether it happened."""
        due_at = performance.started.due_at
        if due_at is not None:
            await self._send_or_fail(performance, ExpireTask(at=max(_now(), due_at), **_of(performance)))
        elif performance.effect_began:
            await self._send_or_fail(performance, RecordOutcomeUnknown(at=_now(), **_of(performance)))
        else:
            await self._failed(performance, time_limit_exceeded(TIME_LIMIT_DEFAULT_SECONDS))

    async def _succeeded(self, performance: Performance, outcome: Succeeded, acted: Acted) -> None:
        values = acted.values
        if values is None:
            raise AssertionError(f"{performance.attempt_id} succeeded without inputs")
        run = performance.started.run
        graph = values.graph if run.item is None else None
        kept = await self._keepable.outputs(performance.workspace, graph, values.tasks[run.task], outcome, acted)
        if isinstance(kept, Failed):
            failed = replace(kept, evidence=outcome.evidence, usage=outcome.usage)
            await self._failed(performance, failed, acted)
            return
        outputs, told = kept
        command: RunCommand = RecordTaskSucceeded(
            at=_now(),
            outputs=outputs,
            facts=told,
            instead=acted.instead,
            evidence=await self._evidence(performance, outcome.evidence, acted),
            usage=outcome.usage,
            **_of(performance),
        )
        if outcome.again:
            command = RecordRoundEnded(at=_now(), outputs=outputs, **_of(performance))
        if acted.keep_as is None or outcome.again:
            await self._send_or_fail(performance, command)
        else:
            await self._previews.keep(acted.keep_as, self._send_or_fail(performance, command))

    async def _evidence(self, performance: Performance, evidence: Any, acted: Acted | None) -> Value:
        if evidence is None or acted is None:
            return None
        return await self._keepable.evidence(performance.workspace, evidence, acted)

    async def _review_wanted(self, performance: Performance, outcome: ReviewWanted, acted: Acted) -> None:
        started, values = performance.started, acted.values
        shown = sources_shown(started.bindings)
        task = None if values is None else values.tasks[started.run.task]
        tries = values.started_by if values is not None and values.mode == "preview" else None
        command = RequestReview(
            at=_now(),
            review_id=review_id(performance.job_id, started.run),
            job_id=performance.job_id,
            run=started.run,
            reviewed=None if task is None else run_reviewed(shown, task),
            shown=shown,
            guidance=outcome.guidance,
            assignment=outcome.assignment if tries is None else _of_starter(tries),
            preview=tries is not None,
            job_started_by=None if values is None else values.started_by,
            due_at=outcome.due_at,
        )
        await self._send_or_fail(performance, command)

    async def _worker_wanted(self, performance: Performance, acted: Acted) -> None:
        """The run is offered to workers when it stands in the log that it waits for one, as it mostly does since its start."""
        if acted.values is None:
            raise AssertionError(f"{performance.attempt_id} wants a worker for no task")
        offer = await self._offer(performance, acted.values, acted.inputs)
        if not self._waits_for_worker(performance.job_id, performance.started.run):
            # It does not wait yet, or nothing of its job is kept here: the log is asked.
            key = self._offering.prepare(offer)
            receipt: Receipt | None = None
            try:
                receipt = await self._send_or_fail(performance, _waiting(performance, waits_for="worker"))
            finally:
                is_left = self._offering.forget(key)
            if receipt is None or not is_left or not self._owns(performance.job_id):
                return  # It has ended, was offered with its wait, or another runner offers it.
        self._offering.offer(offer)

    async def _offer(self, performance: Performance, values: JobValues, inputs: Mapping[str, Value]) -> Offer:
        """A run that waits for a worker, with all that the worker is to know; large inputs in the blob store."""
        task = values.tasks[performance.started.run.task]
        given = {name: value for name, value in inputs.items() if value is not None}
        return offer_of(performance, values, task, await self._keepable.put_all_away(performance.workspace, given))

    async def _child_wanted(self, performance: Performance, acted: Acted) -> None:
        """Starts a job on the run's inputs; that it waits for it is written in the same unit."""
        started, values = performance.started, acted.values
        executes = None if values is None else values.tasks[started.run.task].executes
        if values is None or executes is None:
            raise AssertionError(f"{performance.attempt_id} wants a job of no workflow")
        graph = await self._graph_of(performance.workspace, executes.graph)
        inputs = {name: value for name, value in acted.inputs.items() if value is not None}
        kept = await self._keepable.put_all_away(performance.workspace, inputs)
        command = StartJob(
            at=_now(),
            job_id=derive(performance.job_id, "child", performance.text),
            workflow_id=executes.workflow_id,
            workflow_version=executes.workflow_version,
            graph=executes.graph,
            mode=values.mode,
            source=OF_PARENT,
            priority=values.priority,
            inputs=kept,
            facts=facts(graph, None, inputs),
            parent=Parent(
                job_id=performance.job_id,
                run=started.run,
                depth=(0 if values.parent is None else values.parent.depth) + 1,
            ),
            root_id=values.root,
            on_behalf_of=values.started_by,
        )
        origin = self._sending.origin(performance.workspace, on_behalf_of=values.started_by)
        while True:
            try:
                await self._send(performance, command, origin)
            except ParentPauseDiffers as differs:  # Its job was paused, or goes on, meanwhile.
                reason = differs.facts["reason"]
                parent = command.parent and command.parent.model_copy(update={"paused": reason is not None})
                command = replace(command, at=_now(), parent=parent, pause_reason=reason)
            except Refusal as refusal:
                await self._refused(performance, refusal)
                return
            else:
                return

    async def _failed(self, performance: Performance, failed: Failed, acted: Acted | None = None) -> None:
        command = RecordTaskFailed(
            at=_now(),
            error=failure(failed),
            retryable=failed.retryable,
            retry_after_seconds=failed.retry_after_seconds,
            evidence=await self._evidence(performance, failed.evidence, acted),
            usage=failed.usage,
            **_of(performance),
        )
        await self._send(performance, command)

    async def _send_or_fail(self, performance: Performance, command: RunCommand | RequestReview) -> Receipt | None:
        """Sends a report; when it is refused the run fails for that reason. Of a run that is over that changes nothing."""
        try:
            return await self._send(performance, command)
        except Refusal as refusal:
            await self._refused(performance, refusal)
            return None

    async def _refused(self, performance: Performance, refusal: Refusal) -> None:
        _log.warning("the outcome of %s was refused: %s", performance.attempt_id, refusal.code)
        await self._failed(performance, Failed(refusal.code, refusal.message))

    async def _send(
        self, performance: Performance, command: RunCommand | RequestReview | StartJob, origin: Origin | None = None
    ) -> Receipt:
        shards: Collection[int] = (performance.shard,)
        if performance.parent_id is not None:
            shards = {*shards, shard(performance.parent_id)}
        if isinstance(command, StartJob):
            shards = {*shards, shard(command.stream)}
        return await self._sending.send(command, performance.workspace, *shards, origin=origin)


def _of(performance: Performance) -> dict[str, Any]:
    return {"job_id": performance.job_id, "run": performance.started.run}


def _of_starter(actor: str) -> Assignment:
    """In a preview who tries the draft answers, whoever would in a job."""
    kind, _, member = actor.partition(":")
    return Assignment(members=(UUID(member),)) if kind == MEMBER else Assignment()


def _waiting(performance: Performance, **what: Any) -> RecordTaskWaiting:
    resumed = None if performance.resumed is None else performance.version
    return RecordTaskWaiting(at=_now(), resumed=resumed, **what, **_of(performance))


def _now() -> datetime:
    return datetime.now(UTC)
