"""Canaries are planted as secrets, used, leaked, mistyped and removed; afterwards nothing written anywhere holds one, in any form.

Searched: the whole database as a dump, every file under the home folder (the database's own, write-ahead log included, files and
large values, log lines at level debug), every answer of the API, all that the command line said, and a backup; and what the backup
holds sealed opens where it is brought back.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tarfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import get_args
from urllib.parse import quote

import httpx2
import pytest

from event_store.embedded.binaries import find_binaries
from tests.acceptance.client import Client
from tests.acceptance.designs import START
from tests.acceptance.installation import Installation, new_home
from tests.acceptance.leaking import Way
from tests.acceptance.log import until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

CANARY = "canary/9f+3a7c"
WAYS: tuple[str, ...] = get_args(Way)
ENDS = {
    **dict.fromkeys(("used", "logged"), None),
    **dict.fromkeys(("output", "key", "encoded", "evidence", "file", "pieces"), "SECRET_IN_OUTCOME"),
    **dict.fromkeys(("message", "details"), "REFUSED"),
    "raised": "ACTION_ERROR",
    "late": "TIME_LIMIT_EXCEEDED",
}

CREATE_WORKFLOW = """mutation ($input: CreateWorkflowInput!) { createWorkflow(input: $input) {
  ... on CreateWorkflowSuccess { workflowId } ... on CommandRefused { code message details { path } } } }"""
ACTIVATE = """mutation ($input: ActivateWorkflowInput!) { activateWorkflow(input: $input) {
  __typename ... on CommandRefused { code message details { path found } } } }"""
MAKE = """mutation ($input: CreateCredentialInput!) { createCredential(input: $input) {
  ... on CredentialChanged { credentialId } ... on CommandRefused { code message details { path expected found } } } }"""
SET = """mutation ($input: SetCredentialSecretInput!) { setCredentialSecret(input: $input) {
  ... on CredentialChanged { credentialId } ... on CommandRefused { code message details { path expected found } } } }"""
REMOVE = "mutation ($input: RemoveCredentialInput!) { removeCredential(input: $input) { __typename } }"
TEST = "mutation ($input: TestCredentialInput!) { testCredential(input: $input) { __typename } }"
JOB = """query ($id: ID!) { job(id: $id) {
  status error { code message } tasks { nodes { run status error { code message details } evidence { json } outputs { name json } } }
  history(first: 50) { nodes { type summary data } } } }"""
CREDENTIALS = """query ($name: String!) { credential(name: $name) {
  name kind fields settings description revision test { succeeded message } uses(first: 50) { nodes { run at jobId job { status } } }
  usedBy { task workflow { name } } history(first: 50) { nodes { type summary data } } } }"""


def forms(secret: str) -> list[bytes]:
    """A secret as it is and as it may be hidden from a search for that."""
    raw = secret.encode()
    shown = {secret, raw.hex(), raw.hex().upper(), quote(secret, safe=""), json.dumps(secret)[1:-1], secret[::-1]}
    # Of base64 what stands there wherever the secret begins within a group of three.
    shown |= {base64.b64encode(b"x" * begins + raw).decode()[4:-4] for begins in range(3)}
    return [each.encode() for each in shown]


def holding(content: bytes, needles: list[bytes]) -> list[bytes]:
    return [needle for needle in needles if needle in content]


def files_holding(folder: Path, needles: list[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and (found := holding(path.read_bytes(), needles)):
            yield str(path.relative_to(folder)), found


class Listening(Client):
    """A client that keeps everything it is answered."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__(url, key)
        self.heard: list[bytes] = []
        self.http.event_hooks = {"response": [self._hear]}

    async def _hear(self, response: httpx2.Response) -> None:
        self.heard += [await response.aread(), repr(response.headers).encode()]


@pytest.fixture
def place() -> Iterator[Installation]:
    """An installation of its own, whose parts log all they can."""
    installation = Installation(new_home() / "home", settings={"OPUS_LOG_LEVEL": "debug"})
    yield from _ended(installation)


@pytest.fixture
def elsewhere() -> Iterator[Installation]:
    yield from _ended(Installation(new_home() / "restored"))


def _ended(installation: Installation) -> Iterator[Installation]:
    yield installation
    installation.down()
    installation.server.destroy()
    shutil.rmtree(installation.home.parent)


@pytest.fixture
async def client(place: Installation) -> AsyncIterator[Listening]:
    place.up()
    client = Listening(place.url, place.key)
    yield client
    await client.close()


async def leaking(client: Client, way: str) -> str:
    """An active workflow whose one task lets the secret of the credential `door` out in a way."""
    policy = {"timeLimitSeconds": 1.0} if way == "late" else {}
    add = {"addTask": {"task": "leak", "kind": "leak", "config": {"credential": "door", "way": way}}}
    limit = {"setTaskPolicy": {"task": "leak", **policy}}
    made = await client.ask(
        CREATE_WORKFLOW, input={"name": f"Leak by {way}", "operations": [add, *([limit] if policy else [])]}
    )
    active = await client.ask(ACTIVATE, input={"workflowId": made["workflowId"]})
    assert active["__typename"] == "ActivateWorkflowSuccess", active
    return str(made["workflowId"])


async def started(client: Client, workflow_id: str) -> str:
    """A job of a workflow without inputs."""
    job = await client.ask(START, input={"workflowId": workflow_id})
    assert job["__typename"] == "StartJobSuccess", job
    return str(job["jobId"])


def dump(place: Installation) -> bytes:
    """The whole database, every row as a statement."""
    program = str(find_binaries(None, None).program("pg_dump"))
    arguments = [program, "--inserts", f"--dbname={place.server.owner_dsn()}"]
    return subprocess.run(arguments, capture_output=True, check=True).stdout


async def test_nothing_that_is_written_anywhere_holds_a_secret(
    place: Installation, client: Listening, elsewhere: Installation
) -> None:
    said: list[str] = []

    def opus(*arguments: str, code: int = 0) -> None:
        done = place.opus(*arguments)
        assert done.returncode == code, done.stdout + done.stderr
        said.extend([done.stdout, done.stderr])

    # Planted: made, made wrongly, made anew, tested, removed.
    door = {"username": "alice", "password": f"{CANARY}-old", "test_url": "http://127.0.0.1:9/x"}
    made = await client.ask(MAKE, input={"name": "door", "kind": "basic", "values": door, "commandId": "one"})
    changed = {"password": CANARY}
    await client.ask(SET, input={"credentialId": made["credentialId"], "values": changed, "commandId": "two"})
    for wrong in ({"password": {"deep": CANARY}}, {CANARY[:8] + "x": "y"}, {"hosts": CANARY}, {"test_url": CANARY}):
        assert "code" in await client.ask(SET, input={"credentialId": made["credentialId"], "values": wrong})
    for broken in ({"name": "x", "values": {"token": CANARY}}, {"values": CANARY}, CANARY):
        assert "errors" in await client.answer(MAKE, input=broken)
    inline = f'mutation {{ createCredential(input: {{name: "y", kind: "bearer", values: {{token: "{CANARY}"}}, '
    assert "errors" in await client.answer(inline)
    gone = await client.ask(MAKE, input={"name": "gone", "kind": "bearer", "values": {"token": CANARY}})
    await client.ask(REMOVE, input={"credentialId": gone["credentialId"]})
    await client.ask(TEST, input={"credentialId": made["credentialId"]})

    # Used and leaked.
    workflows = {way: await leaking(client, way) for way in WAYS}
    jobs = {way: await started(client, workflow) for way, workflow in workflows.items()}
    for way, job_id in jobs.items():

        async def over(job_id: str = job_id) -> bool:
            shown = await client.ask(JOB, id=job_id)  # None until the read models have come to its start.
            return shown is not None and shown["status"] in ("COMPLETED", "FAILED")

        await until(over, f"the job that leaks by {way}")
        job = await client.ask(JOB, id=job_id)
        [task] = job["tasks"]["nodes"]
        assert (task["error"] and task["error"]["code"]) == ENDS[way], (way, task)
    shown = await client.ask(CREDENTIALS, name="door")
    assert len(shown["uses"]["nodes"]) == len(WAYS)
    assert shown["settings"] == {"username": "alice", "test_url": "http://127.0.0.1:9/x"}
    opus("credential", "show", "door")
    opus("credential", "test", "door", code=1)
    opus("keys", "rotate")
    backup = elsewhere.home.parent / "kept.tar"
    opus("backup", str(backup))
    opus("verify")

    # Searched.
    needles = [form for secret in (CANARY, f"{CANARY}-old") for form in forms(secret)]
    dumped = dump(place)
    assert b"INSERT INTO public.secrets" in dumped
    assert holding(dumped, needles) == []
    assert holding(b"\n".join(client.heard), needles) == []
    assert holding("\n".join(said).encode(), needles) == []
    place.down()  # So that what the database holds in memory is in its files too.
    assert list(files_holding(place.home, needles)) == []
    with tarfile.open(backup) as packed:
        contents = [packed.extractfile(member) for member in packed if member.isfile()]
        assert contents
        assert [holding(content.read(), needles) for content in contents if content is not None] == [[]] * len(contents)
    logged = b"".join(path.read_bytes() for path in (place.home / "logs").glob("*.log"))
    assert b"sent \xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2" in logged

    # Brought back elsewhere, what is sealed opens.
    restored = elsewhere.opus("restore", str(backup))
    assert restored.returncode == 0, restored.stderr
    elsewhere.up()
    there = Client(elsewhere.url, elsewhere.key)
    try:
        job_id = await started(there, workflows["used"])

        async def done() -> bool:
            shown = await there.ask(JOB, id=job_id)
            return shown is not None and bool(shown["status"] == "COMPLETED")

        await until(done, "the job of the restored installation")
    finally:
        await there.close()


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    hidden = (
        "x" + CANARY,
        CANARY.encode().hex(),
        base64.b64encode(f"alice:{CANARY}!".encode()).decode(),
        quote(CANARY, safe=""),
    )
    for number, text in enumerate(hidden):
        (tmp_path / str(number)).write_text(text)
    (tmp_path / "harmless").write_text("canary")
    assert sorted(path for path, _ in files_holding(tmp_path, forms(CANARY))) == ["0", "1", "2", "3"]
