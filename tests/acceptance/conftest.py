"""One installation for all acceptance tests of a session: each leaves it as whole as it found it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator

import pytest

from event_store.reader import Reader
from tests.acceptance.client import Client
from tests.acceptance.installation import Installation, new_home
from tests.acceptance.log import Log


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """`opus up` with the embedded PostgreSQL as it comes: fsync on, parts as processes that are started again."""
    installation = Installation(new_home())
    try:
        installation.up()
        yield installation
    finally:
        installation.down()
        installation.server.destroy()
        shutil.rmtree(installation.home)


@pytest.fixture
async def admin(installation: Installation) -> AsyncIterator[Client]:
    """The admin of the first workspace."""
    client = Client(installation.url, installation.key)
    yield client
    await client.close()


@pytest.fixture
async def log(installation: Installation) -> AsyncIterator[Log]:
    """The log, read past the API."""
    dsn = installation.server.service_dsn()
    reader = Reader(dsn)
    await reader.start()
    yield Log(reader, dsn)
    await reader.stop()
