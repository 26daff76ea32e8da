"""What events do not say themselves: of reviews who it was by name, and whose outputs were judged; of corrections what stood there before."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from domain.jobs.events import TaskCorrected
from domain.jobs.run import Run, Source
from event_store.envelope import event_json
from event_store.units import Record
from graphql_api.context import Context, read_id
from graphql_api.jobs.log import job_logs
from graphql_api.values.shown import shown, text
from graphql_api.workspaces.loaders import members_by_id
from projections.happened import run_text

VALUE_CHARACTERS_MAX = 60
"""Longer values are not told in a sentence; they stand in the changes."""
_REQUESTED = "review.requested.v1"


@dataclass(frozen=True, slots=True)
class Corrected:
    """One output a reviewer or an operator changed, before and after, as a client sees it."""

    output: str
    before: Any
    after: Any

    @property
    def sentence(self) -> str:
        """`total from 812.00 to 960.00`; of a value that is long or has parts, only its name."""
        before, after = _told(self.before), _told(self.after)
        return self.output if before is None or after is None else f"{self.output} from {before} to {after}"


@dataclass(frozen=True, slots=True)
class ReviewTold:
    """What stands beside an event of a review, for its sentence and its changes."""

    who: str
    of: str
    corrected: list[Corrected]

    def beside(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """What the event says, and this."""
        return {**said, "who": self.who, "of": self.of, "corrected": [each.sentence for each in self.corrected]}


async def review_told(context: Context, record: Record) -> ReviewTold | None:
    """What stands beside an event of a review; None for all other events."""
    if not record.topic.startswith("review."):
        return None
    said = orjson.loads(event_json(record.state))
    requested = await context.loader(review_requests).load(record.stream)
    judged = requested.get("reviewed") or requested.get("run")
    member_id = read_id(said.get("member_id", ""))
    member = None if member_id is None else await context.loader(members_by_id).load(member_id)
    return ReviewTold(
        who=(member and text(member.name)) or "A member",
        of=run_text(judged).partition("#")[0] if judged else "a task",
        corrected=await _corrections(context, said),
    )


async def _corrections(context: Context, said: Mapping[str, Any]) -> list[Corrected]:
    given = said.get("corrections") or ()
    if not given:
        return []
    log = await context.loader(job_logs).load((UUID(said["job_id"]), None))
    return [
        Corrected(
            output=each["output"],
            before=shown(context, await log.value(Source.model_validate(each["before"]))),
            after=shown(context, each["after"]),
        )
        for each in given
    ]


async def corrected_by(context: Context, record: Record) -> list[Corrected]:
    """What an operator's correction changed; nothing for all other events. A held run had given nothing before."""
    if record.topic != TaskCorrected.wire:
        return []
    said = orjson.loads(event_json(record.state))
    log = await context.loader(job_logs).load((record.stream, record.version - 1))
    before = await log.outputs(Run.model_validate(said["run"]))
    found = []
    for name, value in said["outputs"].items():
        stood = await log.value(before[name]) if name in before else None
        if stood != value:
            found.append(Corrected(name, before=shown(context, stood), after=shown(context, value)))
    return found


async def review_requests(context: Context, ids: list[UUID]) -> list[dict[str, Any]]:
    """What the first events of reviews say; nothing of a stream that is none."""
    reader = context.api.system.reader
    found = await asyncio.gather(*(reader.read_stream(review_id, limit=1) for review_id in ids))
    return [
        orjson.loads(event_json(records[0].state)) if records and records[0].topic == _REQUESTED else {}
        for records in found
    ]


def _told(value: Any) -> str | None:
    if value is None:
        return "nothing"
    if isinstance(value, str):
        words = value
    elif isinstance(value, bool | int | float):
        words = orjson.dumps(value).decode()
    else:
        return None
    return words if 0 < len(words) <= VALUE_CHARACTERS_MAX and words.isprintable() else None
