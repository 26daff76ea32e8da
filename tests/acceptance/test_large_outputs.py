"""An output of many megabytes goes the whole way: kept beside the log, handed on, shown by size and link, within bounds of memory."""

from __future__ import annotations

import hashlib
from pathlib import Path

import psutil
import pytest

from tests.acceptance.client import Client
from tests.acceptance.designs import grown, start
from tests.acceptance.installation import Installation
from tests.acceptance.log import Log, until

pytestmark = pytest.mark.anyio

MEGABYTE = 1024 * 1024
COPIES_MAX = 8
"""How often a runner may have the value in memory: as text, as bytes, checked, written; given on and made again."""
API_BYTES_MAX = 40 * MEGABYTE
JOB = """
query ($id: ID!, $whole: Boolean!) {
  job(id: $id) {
    status
    outputs { name size url json(whole: $whole) }
    tasks { nodes { run outputs { size json } } }
    history(first: 20) { nodes { type data } }
  }
}
"""


def peak(process: psutil.Process) -> int:
    """The most memory a process has had."""
    for line in Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("Expected the peak memory of a process, but it is not told.")


@pytest.mark.parametrize("megabytes", [6, pytest.param(50, marks=pytest.mark.soak)])
async def test_an_output_of_many_megabytes_is_handed_on_and_shown_by_size_and_link(
    installation: Installation, admin: Client, log: Log, megabytes: int
) -> None:
    workflow = await grown(admin, megabytes)
    runner, api = installation.process("work"), installation.process("serve")
    before, api_before = peak(runner), peak(api)
    job = await start(admin, workflow, value="0123456789abcdef")
    await until(lambda: log.completed([job]), "the job")
    size = megabytes * MEGABYTE + 2  # With its quotation marks, as JSON.

    async def shown() -> bool:
        found = await admin.ask(JOB, id=job, whole=False)
        return found is not None and bool(found["status"] == "COMPLETED")

    await until(shown, "the read model")
    asked = await admin.ask(JOB, id=job, whole=False)
    [output] = asked["outputs"]
    assert (output["name"], output["size"], output["json"]) == ("value", size, None)
    assert [task["outputs"] for task in asked["tasks"]["nodes"]] == [[{"size": size, "json": None}]] * 2
    assert len(str(asked["history"])) < 20_000  # What the log holds of it is where it is kept.
    whole = (await admin.ask(JOB, id=job, whole=True))["outputs"][0]["json"]
    if size > 8 * MEGABYTE:
        assert whole is None
    else:
        assert len(whole) == size - 2
    digest, received = hashlib.sha256(), 0
    async with admin.http.stream("GET", output["url"]) as response:
        assert response.headers["content-length"] == str(size)
        async for piece in response.aiter_bytes():
            digest.update(piece)
            received += len(piece)
    expected = hashlib.sha256(b'"' + b"0123456789abcdef" * (megabytes * MEGABYTE // 16) + b'"')
    assert (received, digest.hexdigest()) == (size, expected.hexdigest())
    assert peak(runner) - before < COPIES_MAX * size
    if whole is None:
        assert peak(api) - api_before < API_BYTES_MAX
