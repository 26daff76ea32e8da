"""One house for all tests of the API; each test has a workspace of its own in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import TemplateDatabase
from tests.graphql_api.house import Client, House


@pytest.fixture(scope="session")
def house(template_database: TemplateDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The API with its projector, on a database of its own."""
    database = template_database.copy()
    house = House.on(database.service_dsn, tmp_path_factory.mktemp("house"))
    yield house
    house.close()
    template_database.drop(database)


@pytest.fixture
def admin(house: House) -> Client:
    """The admin of a new workspace."""
    return house.open_workspace()
