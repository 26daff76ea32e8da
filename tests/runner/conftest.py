"""A stage for each test: its own database, blob folder and key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runner.compose import open_system
from runner.settings import Settings
from tests.conftest import Database
from tests.runner.stage import Stage


@pytest.fixture
async def stage(database: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    settings = Settings(
        home=tmp_path,
        database_url=database.service_dsn,
        blobs=(tmp_path / "blobs").as_uri(),
        master_key_file=tmp_path / "key",
    )
    async with open_system(settings, "api") as system:
        stage = Stage(settings, system)
        try:
            yield stage
        finally:
            await stage.close()
