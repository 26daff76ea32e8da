"""From a started run to the outcome of its action: inputs resolved and checked, the action performed, whatever it does caught."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace

from domain.graph import GraphTask
from domain.jobs.events import Resumption, TaskChildEnded
from domain.refusals import Detail
from domain.types import check, describe
from domain.values import Value, unescape
from event_store.blobs import BlobDamaged, BlobMissing, BlobStoreAway
from event_store.mapper import UnreadableEvent
from event_store.units import StoreUnavailable
from runner.actions.contract import Action, CredentialRefused, Failed, FileRefused, Outcome, Resumed, TaskRun, Tools
from runner.credential_tests.of_previews import PreviewTests
from runner.failures import (
    INPUT_MISFIT,
    action_error,
    as_declared,
    kind_unknown,
    misfit,
    secret_in_outcome,
    store_away,
    value_unreadable,
)
from runner.performance import READ_AGAIN_SECONDS_MAX, READ_AGAIN_SECONDS_MIN, Acted, NotToBePerformed, Performance
from runner.previews import Previews
from runner.run_tools import RunTools, Workshop
from runner.secrecy import SecretFound
from runner.slots import Slots
from runner.values import JobValues, ValuesOfJobs
from runner.weight import HEAVY_BYTES, weighs_more

_log = logging.getLogger(__name__)


class Acting:
    """Performs the action of a run. What keeps the inputs from being read for a while is waited for, within the time limit."""

    def __init__(
        self,
        *,
        values: ValuesOfJobs,
        actions: Mapping[str, Action],
        workshop: Workshop,
        slots: Slots,
        previews: Previews,
        preview_tests: PreviewTests,
    ) -> None:
        self._values = values
        self._actions = actions
        self._workshop = workshop
        self._slots = slots
        self._previews = previews
        self._preview_tests = preview_tests

    async def act(self, performance: Performance) -> Acted:
        """How the action ended; raises NotToBePerformed where the run must be left as it is."""
        if not self._slots.limits:
            return await self._act(performance)
        try:
            task = await self._read_task(performance)
        except UnreadableEvent as error:
            raise NotToBePerformed(str(error)) from error
        except (BlobMissing, BlobDamaged):
            return await self._act(performance)  # Which says what is missing.
        async with self._slots.hold(performance, task):
            return await self._act(performance)

    async def _act(self, performance: Performance) -> Acted:
        started = performance.started
        try:
            values, inputs, resumed = await self._read_inputs(performance)
        except UnreadableEvent as error:
            raise NotToBePerformed(str(error)) from error
        except (BlobMissing, BlobDamaged) as error:
            return Acted(value_unreadable(_why(error)))
        performance.parent_id = None if values.parent is None else values.parent.job_id
        task = values.tasks[started.run.task]
        action = self._actions.get(task.kind)
        if action is None:
            return Acted(kind_unknown(task.kind), values)
        heavy = weighs_more(inputs, HEAVY_BYTES)
        details = await asyncio.to_thread(_wrong, task, inputs) if heavy else _wrong(task, inputs)
        keep_as = None
        if values.mode == "preview":
            if (refused := await self._preview_tests.look(values)) is not None:
                return Acted(refused, values, inputs)
            looked = await self._previews.look(performance, values, task, inputs, fit=not details)
            if isinstance(looked, Acted):
                return looked
            keep_as = looked
        if details:
            return Acted(misfit(INPUT_MISFIT, "inputs", details), values)
        if task.repetition == "once" and performance.resumed is None and not getattr(action, "tells_effect", False):
            await self._workshop.begin_effect(performance)
        run = TaskRun(
            workspace=performance.workspace,
            job_id=performance.job_id,
            task=task,
            run=started.run,
            bindings=started.bindings,
            due_at=started.due_at,
            started_at=performance.started_at,
            resumed=None if resumed is None else replace(resumed, value=unescape(resumed.value)),
        )
        tools = RunTools(self._workshop, performance, task, values.workflow_id)
        given = await asyncio.to_thread(_as_given, inputs) if heavy else _as_given(inputs)
        outcome, broke = await _perform(action, run, given, tools)
        came = None if resumed is None else resumed.value
        return Acted(outcome, values, inputs, tools.files_used, tools.secrets_given, broke, came, keep_as=keep_as)

    async def _read_task(self, performance: Performance) -> GraphTask:
        pause = READ_AGAIN_SECONDS_MIN
        while True:
            try:
                return (await self._values.of(performance.job_id)).tasks[performance.started.run.task]
            except (StoreUnavailable, OSError) as error:
                _log.warning("the task of %s cannot be read yet: %s", performance.attempt_id, type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(2 * pause, READ_AGAIN_SECONDS_MAX)

    async def _read_inputs(self, performance: Performance) -> tuple[JobValues, dict[str, Value], Resumed | None]:
        started, pause = performance.started, READ_AGAIN_SECONDS_MIN
        while True:
            try:
                values = await self._values.of(performance.job_id)
                task = values.tasks[started.run.task]
                inputs = await self._values.resolve(values, task.inputs, started.bindings)
                event = performance.resumed
                return values, inputs, None if event is None else await self._read_resumed(values, event)
            except (StoreUnavailable, OSError) as error:
                _log.warning("the inputs of %s cannot be read yet: %s", performance.attempt_id, type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(2 * pause, READ_AGAIN_SECONDS_MAX)

    async def _read_resumed(self, values: JobValues, event: Resumption) -> Resumed:
        if isinstance(event, TaskChildEnded):
            return Resumed(event, await self._values.read_outputs(event.child_id))
        return Resumed(event, await self._values.read_message(values, event.received))


async def _perform(action: Action, run: TaskRun, inputs: Mapping[str, Value], tools: Tools) -> tuple[Outcome, bool]:
    """The outcome, and whether the action broke instead of giving one."""
    try:
        outcome = await action.perform(run, inputs, tools)
        return as_declared(run.task.kind, outcome) if isinstance(outcome, Failed) else outcome, False
    except asyncio.CancelledError as error:
        current = asyncio.current_task()
        if current is not None and current.cancelling():
            raise
        return action_error(error), True
    except NotToBePerformed:
        raise
    except (CredentialRefused, FileRefused) as refused:
        return as_declared(run.task.kind, Failed(refused.code, refused.message)), False
    except SecretFound:
        return secret_in_outcome("the content of a file"), False
    except (BlobMissing, BlobDamaged) as error:
        return value_unreadable(_why(error)), True
    except BlobStoreAway:
        return store_away(), True
    except Exception as error:  # noqa: BLE001 - whatever a kind's code does, its run must end
        _log.warning("the action of %s raised %s at %s", run.attempt_id, type(error).__name__, _place(error))
        return action_error(error), True


def _why(error: BlobMissing | BlobDamaged) -> str:
    reason = "one is missing" if isinstance(error, BlobMissing) else "the content of one was changed"
    return f"{reason} in the blob store."


def _place(error: BaseException) -> str:
    """Where an error was raised, without what it says: that may hold values."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "unknown" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"


def _as_given(inputs: Mapping[str, Value]) -> dict[str, Value]:
    """Inputs as their users gave them."""
    return {name: unescape(value) for name, value in inputs.items()}


def _wrong(task: GraphTask, inputs: Mapping[str, Value]) -> list[Detail]:
    """What does not fit the declared inputs. They are checked as kept, so that no user's object passes for a file."""
    details: list[Detail] = []
    for declared in task.inputs:
        value = inputs[declared.name]
        if value is not None:
            details += check(declared.type, value, declared.name)
        elif declared.required:
            details.append(Detail(declared.name, describe(declared.type), "nothing"))
    return details
