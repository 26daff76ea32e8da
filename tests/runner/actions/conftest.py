"""What tests of actions that reach out share: a door to the network that leads to loopback too, and models that answer there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from runner.addresses import parse_private_networks
from runner.outgoing import Outgoing
from tests.model_servers import Models, models
from tests.runner.actions.provoking import Heeded, claimed, heed


@pytest.fixture
async def loopback() -> AsyncIterator[Outgoing]:
    """The door to the network, of a platform whose owner allows loopback."""
    outgoing = Outgoing(parse_private_networks("127.0.0.0/8"))
    yield outgoing
    await outgoing.aclose()


@pytest.fixture
async def server() -> AsyncIterator[Models]:
    """Models that answer as the test says."""
    async with models() as speaking:
        yield speaking


@pytest.fixture(autouse=True)
def heeded(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heeded]:
    """Whatever an action fails with is as its kind declares it, and a test that says that it provokes an error does."""
    heeding = heed(monkeypatch)
    yield heeding
    assert heeding.misfits() == []
    params = getattr(request.node, "callspec", None)
    for mark in request.node.iter_markers("provokes"):
        missing = set(claimed(mark, params.params if params is not None else {})) - heeding.failures
        assert not missing, f"{sorted(missing)}, but there was {sorted(heeding.failures)}"
