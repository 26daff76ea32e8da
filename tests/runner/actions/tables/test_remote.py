"""Tables behind URLs and in S3: real servers on loopback, credentials sent where they may be, failures told as what they are."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from runner.actions.tables.frames import EffectUnknown
from runner.actions.tables.pool import TablePool
from tests.runner.actions.action_stage import failed, outputs
from tests.runner.actions.tables.servers import Web, web
from tests.runner.actions.tables.table_stage import ROWS, Given, Keys, Stage, stage
from tests.s3_server import KEY_ID, REGION, SECRET, S3Server, s3_server

pytestmark = pytest.mark.anyio

KEYS = {
    "token": Given("bearer", {"token": "canary-token"}),
    "key": Given("api_key", {"key": "canary-key", "name": "k", "place": "query"}),
    "pair": Given("basic", {"username": "u", "password": "canary-pass"}),
    "elsewhere": Given("bearer", {"token": "canary-token", "hosts": ["api.example.com"]}),
    "mail": Given("smtp", {"host": "x"}),
}
CSV = {"format": "csv", "inputs": ROWS, "rows": "rows"}


@pytest.fixture(scope="module")
async def pool() -> AsyncIterator[TablePool]:
    async with TablePool() as opened:
        yield opened


@pytest.fixture
def site() -> Iterator[Web]:
    with web() as opened:
        yield opened


@pytest.fixture
async def here(tmp_path: Path, pool: TablePool) -> AsyncIterator[Stage]:
    made = stage(tmp_path, pool, Keys(dict(KEYS)), "127.0.0.0/8")
    yield made
    await made.tools.outgoing.aclose()


async def test_a_url_is_read_with_its_inputs_in_place(here: Stage, site: Web) -> None:
    site.answers["/x/2026%2F01%20%26/data"] = (200, {}, b"a;b\n1;2\n")
    inputs = [{"name": "month", "type": {"type": "str"}}]
    config = {"source": "url", "url": site.url("/x/{month}/data?v=1"), "inputs": inputs}
    outcome = await here.read(None, "", {"month": "2026/01 &"}, **config)
    assert outputs(outcome)["rows"] == [{"a": "1", "b": "2"}]
    assert [asked.path for asked in site.asked] == ["/x/2026%2F01%20%26/data?v=1"]


@pytest.mark.parametrize("credential", ["token", "key", "pair"])
async def test_a_credential_is_sent_and_never_told(here: Stage, site: Web, credential: str) -> None:
    site.answers["/data"] = (403, {}, b"no")
    outcome = failed(await here.read(None, source="url", url=site.url("/data"), credential=credential))
    [asked] = site.asked
    shown = {"token": "Bearer canary-token", "pair": "Basic dTpjYW5hcnktcGFzcw=="}.get(credential)
    assert asked.headers.get("Authorization") == shown
    assert ("k=canary-key" in asked.path) == (credential == "key")
    assert (outcome.code, outcome.retryable) == ("HTTP_STATUS", False)
    assert "canary" not in repr(outcome)
    assert "dTpj" not in repr(outcome)


@pytest.mark.parametrize("credential", ["elsewhere", "mail"])
async def test_a_credential_that_may_not_go_there_is_refused(here: Stage, site: Web, credential: str) -> None:
    outcome = failed(await here.read(None, source="url", url=site.url("/data"), credential=credential))
    assert (outcome.code, site.asked) == ("CREDENTIAL_MISFIT", [])


STATUSES: list[tuple[int, dict[str, str], tuple[bool, float | None]]] = [
    (404, {}, (False, None)),
    (429, {"Retry-After": "7"}, (True, 7.0)),
    (503, {}, (True, None)),
    (302, {"Location": "/y"}, (False, None)),
]


@pytest.mark.parametrize(("status", "headers", "again"), STATUSES)
async def test_a_status_says_whether_to_try_again_and_when(
    here: Stage, site: Web, status: int, headers: dict[str, str], again: tuple[bool, float | None]
) -> None:
    site.answers["/data"] = (status, headers, b"sorry")
    outcome = failed(await here.write({"rows": [{"a": 1}]}, target="url", url=site.url("/data"), **CSV))
    assert (outcome.code, (outcome.retryable, outcome.retry_after_seconds)) == ("HTTP_STATUS", again)


async def test_a_redirect_is_followed_where_no_credential_goes_along(here: Stage, site: Web) -> None:
    site.answers["/old"] = (302, {"Location": "/new"}, b"")
    site.answers["/new"] = (200, {}, b"a\n1\n")
    assert await here.rows(None, source="url", url=site.url("/old")) == [{"a": "1"}]
    assert failed(await here.read(None, source="url", url=site.url("/old"), credential="token")).code == "HTTP_STATUS"


async def test_an_answer_that_breaks_off_is_no_table(here: Stage, site: Web) -> None:
    site.answers["/data"] = (200, {"Content-Length": "1000"}, b"a\n1\n")
    outcome = failed(await here.read(None, source="url", url=site.url("/data")))
    assert (outcome.code, outcome.retryable) == ("URL_UNREACHABLE", True)


async def test_a_private_address_is_refused_unless_it_is_allowed(pool: TablePool, tmp_path: Path, site: Web) -> None:
    closed = stage(tmp_path, pool)
    assert failed(await closed.read(None, source="url", url=site.url("/data"))).code == "ADDRESS_REFUSED"
    assert (
        failed(await closed.write({"rows": []}, target="url", url=site.url("/data"), **CSV)).code == "ADDRESS_REFUSED"
    )
    assert site.asked == []


async def test_what_became_of_a_post_that_is_not_answered_is_not_known(here: Stage, site: Web) -> None:
    site.answers["/in"] = (200, {"Content-Length": "9"}, b"")
    with pytest.raises(EffectUnknown):
        await here.write({"rows": [{"a": 1}]}, target="url", url=site.url("/in"), method="POST", **CSV)
    outcome = failed(await here.write({"rows": [{"a": 1}]}, target="url", url=site.url("/in"), **CSV))
    assert (outcome.code, outcome.retryable) == ("URL_UNREACHABLE", True)


@pytest.mark.parametrize("status", [502, 504])
async def test_a_gateway_that_fails_does_not_tell_what_became_of_a_post(here: Stage, site: Web, status: int) -> None:
    site.answers["/in"] = (status, {}, b"bad gateway")
    with pytest.raises(EffectUnknown):
        await here.write({"rows": [{"a": 1}]}, target="url", url=site.url("/in"), method="POST", **CSV)


@pytest.mark.parametrize(("status", "again"), [(500, False), (503, True), (429, True)])
async def test_a_post_is_made_again_only_where_the_service_did_nothing(
    here: Stage, site: Web, status: int, *, again: bool
) -> None:
    site.answers["/in"] = (status, {}, b"sorry")
    outcome = failed(await here.write({"rows": [{"a": 1}]}, target="url", url=site.url("/in"), method="POST", **CSV))
    assert (outcome.code, outcome.retryable) == ("HTTP_STATUS", again)


async def test_what_is_put_or_posted_arrives_whole(here: Stage, site: Web) -> None:
    site.answers["/in"] = (201, {}, b"")
    rows = [{"id": number, "name": f"n {number}"} for number in range(20_000)]
    for method, began in (("PUT", []), ("POST", ["began"])):
        outcome = await here.write(
            {"rows": rows}, target="url", url=site.url("/in"), method=method, credential="token", **CSV
        )
        assert outputs(outcome) == {"row_count": 20_000, "status": 201}
        asked = site.asked.pop()
        assert (asked.method, asked.headers["Content-Type"]) == (method, "text/csv")
        assert asked.headers["Idempotency-Key"].endswith("tried#1.1")
        assert sum(1 for _ in csv.reader(io.StringIO(asked.body.decode()))) == 20_001
        assert here.effects == began


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with s3_server() as opened:
        yield opened


def bucket(server: S3Server, **other: str) -> Given:
    values = {"access_key_id": KEY_ID, "secret_access_key": SECRET, "region": REGION, "endpoint": server.endpoint}
    return Given("s3", values | {"bucket": "tables"} | other)


@pytest.mark.parametrize("form", ["csv", "parquet"])
async def test_an_object_is_written_replaced_and_read(here: Stage, s3: S3Server, form: str) -> None:
    here.tools.credentials.known["store"] = bucket(s3)  # type: ignore[attr-defined] # those of the stage
    inputs = [*ROWS, {"name": "day", "type": {"type": "date"}}]
    config = {
        "target": "s3",
        "credential": "store",
        "object": f"out/{{day}} ä.{form}",
        "inputs": inputs,
        "rows": "rows",
    }
    for count in (3, 2):
        rows = [{"id": number, "name": "x"} for number in range(count)]
        wrote = await here.write({"rows": rows, "day": "2026-01-31"}, format=form, **config)
        assert outputs(wrote) == {"row_count": count, "object": f"out/2026-01-31 ä.{form}"}
    read = {"source": "s3", "credential": "store", "object": f"out/2026-01-31 ä.{form}"}
    assert [str(row["id"]) for row in await here.rows(None, **read)] == ["0", "1"]


async def test_what_s3_refuses_is_told(here: Stage, s3: S3Server) -> None:
    known = here.tools.credentials.known  # type: ignore[attr-defined] # those of the stage
    known["store"] = bucket(s3)
    missing = failed(await here.read(None, source="s3", credential="store", object="no/such"))
    assert (missing.code, missing.details) == ("HTTP_STATUS", {"status": 404})
    known["store"] = bucket(s3, secret_access_key="another-canary")
    denied = failed(await here.read(None, source="s3", credential="store", object="no/such"))
    assert (denied.code, denied.details, "another-canary" in repr(denied)) == ("HTTP_STATUS", {"status": 403}, False)


@pytest.mark.parametrize("name", ["../other/x", "a//b", "/a", "a/./b", ""])
async def test_an_input_cannot_lead_to_another_object(here: Stage, s3: S3Server, name: str) -> None:
    here.tools.credentials.known["store"] = bucket(s3)  # type: ignore[attr-defined] # those of the stage
    inputs = [{"name": "name", "type": {"type": "str"}}]
    config = {"source": "s3", "credential": "store", "object": "mine/{name}", "inputs": inputs}
    assert failed(await here.read(None, "", {"name": name}, **config)).code == "OBJECT_MISFIT"
