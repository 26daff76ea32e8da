"""How the events of jobs and workspaces change the rows of the read models `usage` and `budgets`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any
from uuid import UUID

import orjson

from domain.catalogue import EVENTS
from event_store.envelope import event_json
from projections.happened import Happened
from projections.model import Apply, Key, Loading, ReadModel, RowMissing, ignore
from projections.rows import Rows
from projections.usage.rows import BILLION, BUDGETS_TABLE, USAGE_TABLE, WHOLE_MONTH_FORMAT, BudgetRow, UsageRow

JOBS_REMEMBERED_MAX = 10_000
_NOTHING = {"amount": "0", "currency": ""}
_USING = ("job.task_succeeded.v1", "job.task_failed.v1")
"""The events that may say what a run used."""


def _says_usage(event: Happened) -> bool:
    return event.event.get("usage") is not None


def _usage_keys(event: Happened) -> Iterable[Key]:
    yield USAGE_TABLE, _key(event), False


def _key(event: Happened) -> tuple[int, str, str, str, str]:
    used = event.event["usage"]
    currency = (used.get("cost") or _NOTHING)["currency"]
    return event.stream.int, event.at.strftime(WHOLE_MONTH_FORMAT), used["provider"], used["model"], currency


async def _find_workflows(rows: Rows, events: Sequence[Happened], loading: Loading) -> None:
    """Reads which workflows the jobs are of that used something: their first events say it."""
    known: dict[UUID, UUID] = rows.memory
    using = {event.stream for event in events}
    for job_id in using - known.keys():
        for record in await loading.reader.read_versions(job_id, [1]):
            known[job_id] = UUID(orjson.loads(event_json(record.state))["workflow_id"])
    while len(known) > JOBS_REMEMBERED_MAX:
        del known[next(job_id for job_id in known if job_id not in using)]


def _used(rows: Rows, event: Happened) -> None:
    used: dict[str, Any] = event.event["usage"]
    key = _key(event)
    if event.stream not in rows.memory:
        raise RowMissing("the first event of a job", event.stream)
    row = rows.get(USAGE_TABLE, key) or UsageRow(event.stream, *key[1:], event.workspace, rows.memory[event.stream])
    row.runs += 1
    row.requests += used["requests"]
    row.input_tokens += used["input_tokens"]
    row.output_tokens += used["output_tokens"]
    row.cost_billionths += _billionths((used.get("cost") or _NOTHING)["amount"])
    rows.put(USAGE_TABLE, row)


def _billionths(amount: str) -> int:
    return int((Decimal(amount) * BILLION).to_integral_value(ROUND_CEILING))


def _budget_of(event: Happened) -> UUID:
    """The workflow that has the budget; the workspace itself where the whole of it does."""
    of = event.event.get("workflow_id")
    return event.stream if of is None else UUID(of)


def _budget_keys(event: Happened) -> Iterable[Key]:
    if event.topic == "workspace.budget_set.v1":
        yield BUDGETS_TABLE, (event.stream.int, _budget_of(event).int), False


def _budget_set(rows: Rows, event: Happened) -> None:
    said, of = event.event, _budget_of(event)
    budget = said.get("budget")
    if budget is None:
        rows.remove(BUDGETS_TABLE, (event.stream.int, of.int))
        return
    row = BudgetRow(
        event.stream, of, budget.get("tokens"), budget.get("cost"), event.at, event.actor, said.get("reason")
    )
    rows.put(BUDGETS_TABLE, row)


def _others(subject: str) -> dict[str, Apply]:
    return {wire: ignore for wire in EVENTS if wire.partition(".")[0] == subject}


USAGE = ReadModel(
    name="usage",
    version=1,
    tables=(USAGE_TABLE,),
    concerns=_says_usage,
    keys=_usage_keys,
    prepare=_find_workflows,
    appliers={**_others("job"), **dict.fromkeys(_USING, _used)},
)
BUDGETS = ReadModel(
    name="budgets",
    version=1,
    tables=(BUDGETS_TABLE,),
    keys=_budget_keys,
    appliers={**_others("workspace"), "workspace.budget_set.v1": _budget_set},
)
