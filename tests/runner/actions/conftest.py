"""What tests of actions that reach out share: a door to the network that leads to loopback too, and models that answer there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from runner.addresses import parse_private_networks
from runner.outgoing import Outgoing
from tests.model_servers import Models, models


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
