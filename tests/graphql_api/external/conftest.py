"""A house in which a runner works too, so that what workers take and report goes all the way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import TemplateDatabase
from tests.graphql_api.external.works import Works, settings_of
from tests.graphql_api.house import Client


@pytest.fixture(scope="session")
def works(template_database: TemplateDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    """API, projector and runner on a database of their own."""
    database = template_database.copy()
    works = Works(settings_of(database.service_dsn, tmp_path_factory.mktemp("works")))
    works.begin_running()
    yield works
    works.close()
    template_database.drop(database)


@pytest.fixture
def admin(works: Works) -> Client:
    """The admin of a new workspace."""
    return works.open_workspace()
