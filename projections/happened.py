"""Records of the log, opened just enough to project them: read models copy, so JSON is enough and no class is built."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from event_store.envelope import MalformedState, read_time, split_state
from event_store.units import Record


class UnreadableRecord(Exception):
    """Expected the bytes of a record to be an envelope and an event, but they are not."""


@dataclass(slots=True)
class Happened:
    """An event with its place; `event` is its JSON, `state` the bytes of the whole record, `run` the text of its run."""

    position: int
    stream: UUID
    version: int
    topic: str
    workspace: UUID
    state: bytes
    event: dict[str, Any]
    run: str | None = None

    @property
    def item(self) -> int | None:
        """The item of a for-each whose run it speaks of."""
        item = self.event["run"].get("item") if self.run is not None else None
        return None if item is None else int(item)

    @property
    def at(self) -> datetime:
        """When it happened, by the envelope."""
        return read_time(self.state)

    @property
    def actor(self) -> str:
        """Who did it, by the envelope."""
        return str(orjson.loads(split_state(self.state)[0])["actor"])


def open_record(record: Record) -> Happened:
    """The event in a record; raises UnreadableRecord."""
    try:
        event = orjson.loads(split_state(record.state)[1])
        run = event.get("run")
        text = None if run is None else run_text(run)
    except (MalformedState, ValueError, KeyError, AttributeError) as error:
        raise UnreadableRecord(f"{type(error).__name__}: {error}") from error
    place = (record.position, record.stream, record.version, record.topic, record.workspace)
    return Happened(*place, record.state, event, text)


def moment_in(said: dict[str, Any], name: str) -> datetime | None:
    """A moment that an event may name."""
    text = said.get(name)
    return None if text is None else datetime.fromisoformat(text)


def attempt_before(run: dict[str, Any]) -> str | None:
    """The text of the attempt before a run, from the run's JSON; None for a first one."""
    attempt = run.get("attempt", 1)
    return None if attempt == 1 else run_text({**run, "attempt": attempt - 1})


def run_text(run: dict[str, Any]) -> str:
    """The text of a run, as `domain.jobs.run.Run.text` has it, from its JSON."""
    item = run.get("item")
    return f"{run['task']}{'' if item is None else f'[{item}]'}#{run.get('round', 1)}.{run.get('attempt', 1)}"
