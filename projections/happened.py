"""Records of the log, opened just enough to project them: read models copy, so JSON is enough and no class is built."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from event_store.envelope import MalformedState, envelope_json, event_json, read_time
from event_store.units import Record


class UnreadableRecord(Exception):
    """Expected the bytes of a record to be an envelope and an event, but they are not."""


@dataclass(slots=True)
class Happened:
    """An event with its place; `event` is its JSON, `state` the bytes of the whole record.

    `run` is the text of the run it speaks of, `item` the item of a for-each whose run that is.
    """

    position: int
    stream: UUID
    version: int
    topic: str
    workspace: UUID
    state: bytes
    event: dict[str, Any]
    run: str | None = None
    item: int | None = None

    @property
    def at(self) -> datetime:
        """When it happened, by the envelope."""
        return read_time(self.state)

    @property
    def actor(self) -> str:
        """Who did it, by the envelope."""
        return str(orjson.loads(envelope_json(self.state))["actor"])


def open_record(record: Record) -> Happened:
    """The event in a record; raises UnreadableRecord."""
    try:
        event = orjson.loads(event_json(record.state))
        run = event.get("run")
        text, item = (None, None) if run is None else (run_text(run), run.get("item"))
    except (MalformedState, ValueError, KeyError, AttributeError) as error:
        raise UnreadableRecord(f"{type(error).__name__}: {error}") from error
    place = (record.position, record.stream, record.version, record.topic, record.workspace)
    return Happened(*place, record.state, event, text, item)


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
