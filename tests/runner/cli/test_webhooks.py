"""Webhooks and callbacks from the command line, as docs/webhooks.md has it: made, called by another system, looked at, made again."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from domain.webhooks.signing import read_secret, sign, write_secret
from tests.runner.cli.test_story import ID
from tests.runner.up import Up, wait_for

pytestmark = pytest.mark.timeout(120)

PAGE = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
SECRET = write_secret(bytes(range(32)))
BODY = '{"data": {"number": "A-17", "order": {"total": "12.30"}, "items": ["nails"]}}'
CREDENTIAL = """mutation ($input: CreateCredentialInput!) { createCredential(input: $input) {
  __typename ... on CommandRefused { message } } }"""
WORKFLOW = """format: opus.workflow.1
name: Take an order
inputs:
  order: {type: object, fields: {total: {type: decimal}}}
  first_item: {type: str}
tasks:
  look:
    kind: code
    code: |
      total = order["total"]
    inputs:
      order: {type: object, fields: {total: {type: decimal}}, from: inputs.order}
    outputs:
      total: {type: decimal}
outputs:
  total: {type: decimal, from: look.total}
"""


def commands(text: str) -> list[list[str]]:
    """The words of each command in the `sh` blocks of the page."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [shlex.split(line)[1:] for block in blocks for line in block.splitlines() if line.startswith("opus ")]


def deliver(url: str, delivery: str, body: str = BODY) -> Any:
    signed = sign(read_secret(SECRET), delivery, datetime.now(UTC), body.encode())
    answer = httpx2.post(url, content=body, headers={"Content-Type": "application/json", **signed}, trust_env=False)
    assert answer.status_code == 202, answer.text
    return answer.json()


def by_shell(url: str) -> Any:
    """The call as the page makes it with a shell."""
    (script,) = re.findall(r"^```bash\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    done = subprocess.run(
        ["bash", "-ec", script.replace('curl "$url"', 'curl --silent --noproxy "*" "$url"')],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "url": url, "secret": SECRET, "body": BODY},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return json.loads(done.stdout)


def test_the_page_of_webhooks_leads_to_jobs_and_callbacks(up: Up, tmp_path: Path) -> None:
    file = tmp_path / "order.yaml"
    file.write_text(WORKFLOW)
    up.fast("apply", str(file))
    given = {"name": "shop", "kind": "signing", "values": {"secret": SECRET}}
    assert "CreateCredentialSuccess" in up.fast("query", CREDENTIAL, "--variables", json.dumps({"input": given}))
    add, show, run, listed = commands(PAGE)
    said = up.fast(*add)
    (webhook,) = re.findall(rf"^webhook ({ID})$", said, re.MULTILINE)
    (url,) = re.findall(r"POST (http://\S+)$", said, re.MULTILINE)
    first = deliver(url, "msg_1")
    assert deliver(url, "msg_1") == {**first, "repeated": True, "position": deliver(url, "msg_1")["position"]}
    if shutil.which("curl") and shutil.which("openssl"):
        assert by_shell(url)["repeated"] is False
    wait_for(lambda: "COMPLETED" in up.fast(*show), "a job of the call that completed")
    shown = up.fast("webhook", "show", webhook)
    assert first["jobId"] in shown
    assert re.search(r"mapping +order=data.order, first_item=data.items.0\n", shown)
    refused = httpx2.post(url, json={}, trust_env=False)
    assert refused.status_code == 401

    job = re.findall(ID, up.fast(*run))[0]
    wait_for(lambda: job in up.fast("callbacks"), "the callback of the job")
    wait_for(lambda: re.search(rf"DUE .*{job}", up.fast("callbacks")) is not None, "its first call")
    assert up.fast(*listed) == "No callbacks.\n"
    (callback,) = re.findall(rf"^({ID}) .*{job}", up.fast("callbacks"), re.MULTILINE)
    assert up.fast("callback", "send-again", callback, "--reason", "now") == f"callback {callback} is made again\n"
    assert "https://shop.example/ended" in up.fast("callback", "show", callback)

    assert up.fast("webhook", "change", "New orders", "--bytes-max", "500") == "webhook New orders is changed\n"
    assert up.fast("webhook", "pause", webhook, "--reason", "moving") == "webhook New orders is paused\n"
    assert re.search(r"status +paused: moving\n", up.fast("webhook", "show", webhook))
    assert up.fast("webhook", "resume", webhook) == "webhook New orders takes calls\n"
    assert up.fast("webhook", "remove", webhook) == "webhook New orders is removed\n"
    assert webhook not in up.fast("webhooks")
    assert webhook in up.fast("webhooks", "--status", "removed")


def test_what_cannot_be_a_webhook_is_refused_in_a_sentence(up: Up) -> None:
    assert "--credential" in up.fast("webhook", "add", "x", "Take an order", code=2)
    assert "input=path" in up.fast("webhook", "add", "x", "y", "--credential", "c", "--map", "order", code=2)
    assert "there is no" in up.fast("webhook", "show", "nothing", code=1)
    assert "there is no" in up.fast("callback", "show", "nothing", code=1)
