"""Drafts as they stand: read from the folded log, never behind what was answered; and what was examined of them, kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from domain.workflows.checks import Examined
from domain.workflows.design import Design, read_design
from domain.workflows.state import Archived, NoWorkflow, Workflow, active_version, last_version, open_design
from domain.workflows.wiring import Wiring
from graphql_api.context import Context
from graphql_api.workflows.checks import Told, examine_draft
from graphql_api.workflows.loaders import versions_by_number, workflows_by_id
from projections.workflows import WorkflowRow
from projections.workflows.project import status_of

DESIGNS_KEPT_MAX = 100
READINGS_MAX = 3

Key = tuple[UUID, int]
"""A workflow and the number of one of its versions."""


class Drafts:
    """What was worked out of the designs that were read last: of their next state only what is different is worked out anew."""

    def __init__(self) -> None:
        self._wirings: OrderedDict[Key, Wiring] = OrderedDict()
        self._examined: dict[Key, Examined] = {}

    def wire(self, key: Key, design: Design) -> Wiring:
        """The design with its kinds applied."""
        wiring = self._wirings.get(key)
        if wiring is None or wiring.design is not design:
            wiring = Wiring(design, wiring)
        self._keep(key, wiring)
        return wiring

    def examined(self, key: Key) -> Examined | None:
        """What was examined of a version last."""
        return self._examined.get(key)

    def keep(self, key: Key, examined: Examined) -> None:
        """Keeps what was examined of a version."""
        self._examined[key] = examined
        self._keep(key, examined.wiring)

    def _keep(self, key: Key, wiring: Wiring) -> None:
        self._wirings[key] = wiring
        self._wirings.move_to_end(key)
        if len(self._wirings) > DESIGNS_KEPT_MAX:
            oldest, _ = self._wirings.popitem(last=False)
            self._examined.pop(oldest, None)


@dataclass(frozen=True, slots=True)
class Standing:
    """A workflow as its row in the read model says, and as its stream has it; the two tell of the same versions."""

    row: WorkflowRow
    state: Workflow


async def workflow_states(context: Context, ids: list[UUID]) -> list[Workflow]:
    """Workflows as of the last events of their streams; those that the workspace does not have as none."""
    load = context.api.system.dispatch.load
    found = await asyncio.gather(*(load("workflow", workflow_id, context.workspace_id) for workflow_id in ids))
    return [state for state, _ in found]


async def drafts_told(context: Context, keys: list[Key]) -> list[Told | None]:
    """What is told of drafts as they stand; None of those that are not open."""
    return [await _tell(context, key) for key in keys]


async def _tell(context: Context, key: Key) -> Told | None:
    state: Workflow = await context.loader(workflow_states).load(key[0])
    design = open_design(state)
    if design is None or isinstance(state, NoWorkflow | Archived) or state.number != key[1]:
        return None
    drafts = context.api.drafts
    told = await examine_draft(context, design, key[0], drafts.examined(key))
    drafts.keep(key, told.examined)
    return told


async def look_ahead(context: Context, workflow_id: UUID) -> None:
    """Begins to examine the draft of a workflow already now, if its checks are being read here; whoever asks for them waits for the end."""
    state: Workflow = await context.loader(workflow_states).load(workflow_id)
    if isinstance(state, NoWorkflow | Archived) or context.api.drafts.examined((workflow_id, state.number)) is None:
        return
    begun = asyncio.ensure_future(context.loader(drafts_told).load((workflow_id, state.number)))
    begun.add_done_callback(_unasked)


def _unasked(told: asyncio.Future[Told | None]) -> None:
    # What went wrong is told to those who ask for the checks, if any do.
    if not told.cancelled():
        told.exception()


async def find_standing(context: Context, workflow_id: UUID) -> Standing | None:
    """A workflow as it stands; None where the workspace has none of this id, or its row is not there yet."""
    rows, states = context.loader(workflows_by_id), context.loader(workflow_states)
    readings = 0
    while True:
        row: WorkflowRow | None = await rows.load(workflow_id)
        if row is None:
            return None
        state: Workflow = await states.load(workflow_id)
        readings += 1
        if _is_of_one_piece(row, state) or readings == READINGS_MAX:
            return Standing(row, state)
        if not await context.seen(await context.api.system.reader.last_position()):
            return Standing(row, state)
        rows.clear(workflow_id)
        states.clear(workflow_id)


async def find_design(context: Context, workflow_id: UUID, number: int) -> Design | None:
    """The design of a version that was activated, whatever has become of it; None where there is none of this number."""
    state: Workflow = await context.loader(workflow_states).load(workflow_id)
    if isinstance(state, NoWorkflow) or all(version.number != number for version in state.known.versions):
        return None
    last = last_version(state)
    if last is not None and last.number == number:
        return last.design
    # It was locked before the last one, so it is long in the read model.
    row = await context.loader(versions_by_number).load((workflow_id, number))
    return None if row is None or row.design is None else read_design(row.design)


def design_of(state: Workflow, number: int) -> Design | None:
    """The design of a version that was open when it was looked up; it may have been locked since, or put away with its workflow."""
    used = state.last if isinstance(state, Archived) else state
    if isinstance(used, NoWorkflow):
        return None
    design, version = open_design(used), last_version(used)
    if design is not None and used.number == number:
        return design
    return version.design if version is not None and version.number == number else None


def _is_of_one_piece(row: WorkflowRow, state: Workflow) -> bool:
    """Whether row and state tell the same of names and versions: of these the row may be a moment behind."""
    if isinstance(state, NoWorkflow):
        return False
    active, design = active_version(state), open_design(state)
    drafted = None if design is None or isinstance(state, Archived) else state.number
    told = (state.known.name, status_of(state), None if active is None else active.number, drafted)
    return told == (row.name, row.status, row.active_version, row.draft_version)
