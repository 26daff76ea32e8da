"""How far the read models have come, which of them there are, and how far they are behind the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from event_store.reader import Reader
from projections.model import ReadModel
from projections.views import Connection, Views

LIVE = "views"
NEXT = "views_next"

CHANNEL = "projected"
"""Each move is told here with the new position: a hint, whoever waits looks for itself too."""

AWAITED = "awaited"
"""Who has waited for a while says here for which position, so that the projector does not rest before it."""

ADVANCE = b"select views.advance(%b::int8, %b::int8, %b::int8)"
ADVANCE_NEXT = b"update views_next.progress set position = %b"


@dataclass(frozen=True, slots=True)
class Progress:
    """The position all read models stand at, and the generation of their tables."""

    position: int
    generation: int


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A stream that a read model could not follow, and from which event on."""

    model: str
    stream: UUID
    position: int
    topic: str
    error: str


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the read models are behind the log, and what they have given up."""

    position: int
    log_position: int
    quarantined: Sequence[Quarantined]

    @property
    def events(self) -> int:
        """How many events are still to be projected."""
        return max(self.log_position - self.position, 0)


class NewerReadModels(Exception):
    """Read models were built by a newer build; the message says which."""

    def __init__(self, names: Sequence[str]) -> None:
        sentence = "Expected read models of this build or an older one, but a newer one has built {}; use that build."
        super().__init__(sentence.format(", ".join(names)))


async def take_stock(connection: Connection, models: Sequence[ReadModel]) -> tuple[Progress, Mapping[str, int]]:
    """Where the read models stand, and which there are, with the version of the code that built each.

    In a new database these are all of today's. Raises NewerReadModels.
    """
    async with connection.transaction():
        found = await connection.execute("select position, generation from views.progress for update")
        rows = await found.fetchall()
        progress = Progress(*rows[0])
        built = await _built(connection)
        if not built and progress.position == 0:
            names, versions = [model.name for model in models], [model.version for model in models]
            await connection.execute(
                "insert into views.read_models (name, version) select * from unnest(%s::text[], %s::int4[])",
                (names, versions),
            )
            built = await _built(connection)
    if newer := [model.name for model in models if built.get(model.name, 0) > model.version]:
        raise NewerReadModels(newer)
    return progress, built


async def _built(connection: Connection) -> dict[str, int]:
    found = await connection.execute("select name, version from views.read_models")
    return dict(await found.fetchall())


async def read_position(views: Views) -> int:
    """The position the read models stand at."""
    [(position,)] = await views.read(b"select position from views.progress")
    return int(position)


async def read_lag(views: Views, reader: Reader) -> Lag:
    """How far the read models are behind the log."""
    # The log is read after the read models: a lag may be shown too large by an instant, never too small.
    position = await read_position(views)
    quarantined = await views.fetch(
        Quarantined, b"select model, stream, position, topic, error from views.quarantine order by at limit 100"
    )
    return Lag(position, await reader.last_position(), quarantined)
