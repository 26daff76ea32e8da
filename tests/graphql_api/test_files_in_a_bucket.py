"""The API on a blob store that is a bucket of a real S3 server: files, parts, ranges and large values as on a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.collection import collect
from runner.settings import Settings
from tests.conftest import TemplateDatabase
from tests.graphql_api.house import FILE_BYTES_MAX, House
from tests.graphql_api.test_uploads import begun, offset_of, send
from tests.graphql_api.workshop import START, active_workflow, given
from tests.s3_server import s3_server

pytestmark = pytest.mark.soak

CONTENT = os.urandom(FILE_BYTES_MAX)


@pytest.fixture
def bucket_house(
    template_database: TemplateDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    """A house whose content lies in a bucket."""
    database = template_database.copy()
    with s3_server() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        settings = Settings(
            home=tmp_path,
            database_url=database.service_dsn,
            blobs=server.url("opus", "of/this test"),
            master_key_file=tmp_path / "keys" / "master.key",
        )
        house = House(settings)
        yield house
        house.close()
    template_database.drop(database)


def test_files_and_large_values_live_in_a_bucket(bucket_house: House) -> None:
    house = bucket_house
    admin = house.open_workspace()
    path = begun(admin, CONTENT)
    send(admin, path, 0, CONTENT[:70_000])
    assert offset_of(admin, path) == 70_000
    url = send(admin, path, 70_000, CONTENT[70_000:]).headers["content-location"]
    assert admin.http.get(url).content == CONTENT
    assert admin.http.get(url, headers={"Range": "bytes=100000-100009"}).content == CONTENT[100_000:100_010]
    workflow = active_workflow(admin)
    inputs = [given("amount", "1.00"), given("note", "x" * 100_000)]
    started = admin.ask(START, input={"workflowId": workflow, "inputs": inputs})
    assert started["__typename"] == "StartJobSuccess"
    assert house.do(collect(house.system)).left_alone == []
    assert admin.http.get(url).content == CONTENT
