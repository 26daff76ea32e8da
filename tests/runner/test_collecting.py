"""Collecting content: nothing that is referred to is ever removed, whatever happens in between; what nothing refers to goes."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from event_store.blobs import FolderBlobs
from event_store.epochs import LogIdentity
from runner.collecting import Collected, Collector
from runner.references import CollectionRefused, Referred

WORKSPACE = uuid4()
LOG = LogIdentity(uuid4(), 1)
DAY = timedelta(hours=25)
CONTENTS = [b"one", b"two"]
HASHES = [sha256(content).hexdigest() for content in CONTENTS]
RUNS = 1


class Died(Exception):
    """The process that collects ends here."""


@dataclass
class Held:
    """Content that someone has stored and may still refer to: a request for less than a day, a run until its end."""

    content: int
    run: int | None


@dataclass
class World:
    """Everything that stores content and refers to it, as a model; the store itself is real."""

    root: Path
    referred: set[str] = field(default_factory=set)
    running: dict[int, datetime] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    meanwhile: list[tuple[str, int]] = field(default_factory=list)
    steps_left: int | None = None
    blobs: FolderBlobs = field(init=False)

    def __post_init__(self) -> None:
        self.blobs = FolderBlobs(self.root)

    # What the collector asks.

    async def workspaces(self) -> list[UUID]:
        return [WORKSPACE]

    async def of(self, workspace: UUID, hashes: Sequence[str]) -> Referred:
        await self.something_happens()
        answer = Referred(frozenset(set(hashes) & self.referred), min(self.running.values(), default=None))
        await self.something_happens()
        return answer

    async def expire(self) -> None:
        return

    async def over(self) -> list[tuple[UUID, UUID]]:
        return []

    async def forget(self, upload_id: UUID) -> None:
        return

    # What happens.

    async def something_happens(self) -> None:
        if self.meanwhile:
            await self.do(*self.meanwhile.pop())

    async def do(self, what: str, which: int) -> None:
        content, run = which % len(CONTENTS), which % RUNS
        if what == "put":
            await self.blobs.put(WORKSPACE, CONTENTS[content], "text/plain")
            self.held.append(Held(content, None))
        elif what == "run puts" and run in self.running:
            await self.blobs.put(WORKSPACE, CONTENTS[content], "text/plain")
            self.held.append(Held(content, run))
        elif what == "refer" and self.held:
            self.referred.add(HASHES[self.held[which % len(self.held)].content])
        elif what == "run starts" and run not in self.running:
            self.running[run] = datetime.now(UTC)
        elif what == "run ends":
            self.running.pop(run, None)
            self.held = [held for held in self.held if held.run != run]
        elif what == "day":
            self.pass_a_day()
        await self.check()

    def pass_a_day(self) -> None:
        for path in self.root.rglob("*"):
            if path.is_file():
                moment = path.stat().st_mtime - DAY.total_seconds()
                os.utime(path, (moment, moment))
        self.running = {run: since - DAY for run, since in self.running.items()}
        self.held = [held for held in self.held if held.run is not None]

    async def check(self) -> None:
        for content, name in zip(CONTENTS, HASHES, strict=True):
            if name in self.referred:
                assert await self.blobs.read(WORKSPACE, name) == content

    async def sweep(
        self, *, dies_after: int | None = None, meanwhile: Sequence[tuple[str, int]] = ()
    ) -> Collected | None:
        self.meanwhile, self.steps_left = list(meanwhile), dies_after
        collector = Collector(blobs=Interrupted(self), references=self, uploads=self)
        try:
            return await collector.collect(LOG)
        except Died:
            return None
        finally:
            self.meanwhile = []
            await self.check()


class Interrupted:
    """The store as the collector sees it: before each change something else happens, or the collector dies."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self._world.blobs, name)
        if name not in {"set_aside", "bring_back", "remove_aside"}:
            return asked

        async def changed(workspace: UUID, content_hash: str, **more: Any) -> Any:
            world = self._world
            await world.something_happens()
            if world.steps_left is not None:
                world.steps_left -= 1
                if world.steps_left < 0:
                    raise Died
            answer = await asked(workspace, content_hash, **more)
            await world.check()
            await world.something_happens()
            return answer

        return changed


@contextmanager
def new_world() -> Iterator[World]:
    with tempfile.TemporaryDirectory(prefix="opus-collect-") as folder:
        world = World(Path(folder))
        asyncio.run(_begin(world))
        yield world


async def _begin(world: World) -> None:
    await world.blobs.begin(anew=True)


NOTHING = ("nothing", 0)
MEANWHILE = [
    [],
    [("put", 0)],
    [("put", 0), ("refer", 0)],
    [("put", 0), NOTHING, ("refer", 0)],
    [("run puts", 0), ("refer", 0)],
    [("run starts", 0), ("run puts", 0), NOTHING, NOTHING],
    [("refer", 0), ("run ends", 0)],
]
"""What others do while content is collected; it is tried at each of its steps."""


@st.composite
def episodes(draw: st.DrawFn) -> list[Any]:
    """Content is stored, some time passes, it is collected, by a process that may die, while others go on; and it is referred to, or not."""
    which = draw(st.integers(0, 1))
    story: list[Any] = [("run starts", 0)] if draw(st.booleans()) else []
    story += [(draw(st.sampled_from(["put", "run puts", "nothing"])), which)]
    for _ in range(draw(st.integers(1, 2))):
        story += [("day", 0)] * draw(st.integers(0, 2))
        meanwhile = [NOTHING] * draw(st.integers(0, 4)) + [
            (what, which) for what, _ in draw(st.sampled_from(MEANWHILE))
        ]
        story.append((draw(st.none() | st.integers(0, 2)), meanwhile[::-1]))
    return [*story, *draw(st.lists(st.sampled_from([("refer", 0), ("run ends", 0)]), max_size=2))]


@settings(max_examples=60, deadline=None)
@example([("put", 0), ("day", 0), (None, []), ("put", 0), ("day", 0), (None, [("refer", 0), ("put", 0)])])
@given(st.lists(episodes(), min_size=1, max_size=5).map(lambda told: [each for episode in told for each in episode]))
def test_nothing_that_is_referred_to_is_ever_removed(story: list[Any]) -> None:
    async def told(world: World) -> None:
        for first, second in story:
            if isinstance(first, str):
                await world.do(first, second)
            else:
                await world.sweep(dies_after=first, meanwhile=second)
        # Left alone, it comes to rest: what is referred to lies where it belongs, and nothing else is there.
        world.running.clear()
        for _ in range(3):
            world.pass_a_day()
            await world.sweep()
        found = {(kept.hash, kept.aside) async for kept in world.blobs.walk(WORKSPACE)}
        assert found == {(name, False) for name in world.referred}

    with new_world() as world:
        asyncio.run(told(world))


pytestmark = pytest.mark.anyio


async def test_what_nothing_refers_to_is_set_aside_and_removed_a_day_later() -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        await _begin(world)
        await world.do("put", 0)
        assert await world.sweep() == Collected()
        world.pass_a_day()
        assert await world.sweep() == Collected(set_aside=1, set_aside_bytes=3)
        assert await world.blobs.read(WORKSPACE, HASHES[0]) == b"one"
        assert await world.sweep() == Collected()
        world.pass_a_day()
        assert await world.sweep() == Collected(removed=1, removed_bytes=3)
        assert not await world.blobs.exists(WORKSPACE, HASHES[0])


async def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    await _begin(world)
    await world.do("put", 0)
    world.pass_a_day()
    collector = Collector(blobs=world.blobs, references=world, uploads=world)
    for _ in range(2):
        assert await collector.collect(LOG, dry_run=True) == Collected(set_aside=1, set_aside_bytes=3)
    assert await world.blobs.owner() == ""


async def test_content_that_is_younger_than_a_run_under_way_is_left_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    await _begin(world)
    await world.do("run starts", 0)
    await world.do("run puts", 0)
    for _ in range(4):
        world.pass_a_day()
        assert await world.sweep() == Collected()
    await world.do("run ends", 0)
    assert await world.sweep() == Collected(set_aside=1, set_aside_bytes=3)


async def test_a_store_of_another_installation_is_not_touched_until_it_is_taken_over(tmp_path: Path) -> None:
    world = World(tmp_path)
    await _begin(world)
    await world.do("put", 0)
    await world.sweep()
    world.pass_a_day()
    restored = LogIdentity(LOG.log, 2)
    collector = Collector(blobs=world.blobs, references=world, uploads=world)
    with pytest.raises(CollectionRefused, match="another installation may still use it"):
        await collector.collect(restored)
    assert await collector.collect(restored, take_over=True) == Collected(set_aside=1, set_aside_bytes=3)
    with pytest.raises(CollectionRefused):
        await collector.collect(LOG)


async def test_a_workspace_whose_references_cannot_be_known_is_left_alone_and_the_others_are_not(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    await _begin(world)
    other = uuid4()
    for workspace in (WORKSPACE, other):
        await world.blobs.put(workspace, b"one", "text/plain")
    world.pass_a_day()

    class Partly:
        async def workspaces(self) -> list[UUID]:
            return [WORKSPACE, other]

        async def of(self, workspace: UUID, hashes: Sequence[str]) -> Referred:
            if workspace == other:
                raise CollectionRefused("Expected to know, but it is not known.")
            return await world.of(workspace, hashes)

    done = await Collector(blobs=world.blobs, references=Partly(), uploads=world).collect(LOG)
    assert (done.set_aside, done.left_alone) == (1, ["Expected to know, but it is not known."])
    assert [kept.aside async for kept in world.blobs.walk(other)] == [False]


async def test_what_is_of_no_workspace_of_this_log_is_not_touched(tmp_path: Path) -> None:
    world = World(tmp_path)
    await _begin(world)
    stranger = uuid4()
    await world.blobs.put(stranger, b"one", "text/plain")
    for _ in range(3):
        world.pass_a_day()
        assert await world.sweep() == Collected()
    assert await world.blobs.read(stranger, HASHES[0]) == b"one"
