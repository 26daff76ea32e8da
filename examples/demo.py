"""`make demo`: takes a folder of PDF invoices through the workflow beside this file, over the public API, on a system of its own.

A scripted reviewer stands in for the person: for a waiting review it reads the true `amount` from the JSON file of the invoice's
name. In the end it is counted which totals were found without a person, and whether a wrong one passed unseen.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path
from typing import Any

from event_store.embedded import EmbeddedPostgres
from runner.cli.client import REFUSED, ApiClient, ApiRefused
from runner.cli.finding import get_workflow
from runner.cli.jobs import print_history
from runner.cli.output import ADMIN_KEY_FILE, console, print_table
from runner.cli.progress import Progress, follow
from runner.refused import Refused

EXAMPLE = Path(__file__).parent / "invoice_approval"
WORKFLOW = "Vendor invoice approval"
HOME = Path(".opus-demo")
READY = "all parts are ready"
JOBS_AT_ONCE_MAX = 50
READY_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 60.0
WAVE_SECONDS = 60.0
INVOICE_SECONDS = 5.0

_START = f"""
mutation ($input: StartJobsInput!) {{
  startJobs(input: $input) {{ __typename ... on JobsStarted {{ results {{ __typename ... on JobChanged {{ jobId }} {REFUSED} }} }} {REFUSED} }}
}}
"""
_REVIEW = """
query ($id: ID!, $position: Position) { review(id: $id, atLeastPosition: $position) { id outputs { name json } } }
"""
_DECIDE = f"""
mutation ($input: DecideReviewInput!) {{ decideReview(input: $input) {{ __typename ... on ReviewChanged {{ reviewId }} {REFUSED} }} }}
"""
_RESULT = """
query ($id: ID!, $position: Position) {
  job(id: $id, atLeastPosition: $position) {
    status
    error { code message }
    tasks { nodes { task status outputs { name json } } }
    outputs { name file { name url } }
    integrity { intact events findings { message } }
  }
}
"""


@dataclass(slots=True)
class Invoice:
    """One invoice on its way: what is true of it, and what became of it."""

    pdf: Path
    true_amount: Decimal | None
    job_id: str = ""
    ended_at: str = ""
    passed: str = "by itself"
    result: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        """How it is called in what is printed."""
        return self.pdf.stem

    def given(self, task: str, output: str) -> Any:
        """What a task gave, None where it gave nothing."""
        for run in (self.result or {}).get("tasks", {}).get("nodes", ()):
            if run["task"] == task:
                return next((value["json"] for value in run["outputs"] if value["name"] == output), None)
        return None

    @property
    def found(self) -> Decimal | None:
        """The total that the program found."""
        return as_amount(self.given("find", "total"))

    @property
    def is_sure(self) -> bool:
        """Whether the program is sure of the total, whatever the limit says."""
        return bool(self.given("sure", "condition_1") and self.given("sure", "condition_3"))

    @property
    def is_right(self) -> bool:
        """Whether the program found the true total."""
        return self.found is not None and self.found == self.true_amount


def as_amount(value: Any) -> Decimal | None:
    """A decimal as it is, None for what is none."""
    try:
        return Decimal(str(value)) if isinstance(value, str | int | Decimal) else None
    except InvalidOperation:
        return None


def read_true_amount(pdf: Path) -> Decimal | None:
    """The amount in the JSON file beside an invoice: an object, or a list with one; None where nobody knows."""
    beside = pdf.with_suffix(".json")
    if not beside.exists():
        return None
    known = json.loads(beside.read_text(encoding="utf-8"), parse_float=Decimal)
    if isinstance(known, list):
        known = known[0] if known else {}
    return as_amount(known.get("amount"))


def main() -> int:
    """Runs the demonstration; 0 when every job completed and no wrong total passed unseen."""
    folder = Path(os.environ.get("INVOICES") or EXAMPLE / "invoices")
    invoices = [Invoice(pdf, read_true_amount(pdf)) for pdf in sorted(folder.glob("*.[pP][dD][fF]"))]
    if not invoices:
        console.print(f"Expected PDF files in {folder}, but there are none.")
        return 2
    with a_system(HOME.absolute()) as client:
        workflow = get_workflow(client, WORKFLOW)["id"]
        for wave in waves(invoices):
            take_through(client, workflow, wave)
        return conclude(client, invoices)


@contextlib.contextmanager
def a_system(home: Path) -> Iterator[ApiClient]:
    """A whole system in a fresh home folder with the workflow applied; stopped when the block ends."""
    EmbeddedPostgres(home).destroy()  # What a demonstration that was killed has left behind.
    subprocess.run(["rm", "-rf", str(home)], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPUS_")}
    environment |= {"OPUS_HOME": str(home), "OPUS_PORT": str(port)}
    title(f"a system of its own in {home} (removed when the next demo starts)")
    opus = [sys.executable, "-m", "runner.cli"]
    up = subprocess.Popen([*opus, "up"], env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)
    client: ApiClient | None = None
    try:
        until_ready(up)
        title(f"opus apply {EXAMPLE.name}/workflow.yaml")
        subprocess.run([*opus, "apply", str(EXAMPLE / "workflow.yaml")], env=environment, check=True)
        client = ApiClient(f"http://127.0.0.1:{port}", (home / ADMIN_KEY_FILE).read_text().strip())
        yield client
    finally:
        if client is not None:
            client.close()
        up.send_signal(signal.SIGINT)
        try:
            up.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            up.kill()


def until_ready(up: subprocess.Popen[str]) -> None:
    """Shows what `opus up` says until all parts are ready, and from then on reads it silently."""
    ready, out = threading.Event(), up.stdout

    def read() -> None:
        for line in out or ():
            if not ready.is_set():
                console.print(f"  {line.rstrip()}")
            if READY in line:
                ready.set()
        ready.set()

    threading.Thread(target=read, daemon=True).start()
    if not ready.wait(READY_SECONDS_MAX) or up.poll() is not None:
        raise Refused("Expected `opus up` to become ready, but it did not.")


def waves(invoices: list[Invoice]) -> Iterator[list[Invoice]]:
    """The invoices in groups that are started, and watched, together."""
    rest = iter(invoices)
    while wave := list(islice(rest, JOBS_AT_ONCE_MAX)):
        yield wave


def take_through(client: ApiClient, workflow: str, wave: Sequence[Invoice]) -> None:
    """Uploads invoices, starts a job each, and stays until all have ended."""
    title(f"uploading {len(wave)} invoices, starting {len(wave)} jobs")
    starts = [
        {
            "workflowId": workflow,
            "title": invoice.name,
            "inputs": [{"name": "invoice", "value": {"file": client.upload(invoice.pdf)["id"]}}],
        }
        for invoice in wave
    ]
    results = client.mutate(_START, jobs=starts)["results"]
    for invoice, result in zip(wave, results, strict=True):
        if result["__typename"] == "CommandRefused":
            raise ApiRefused(result["code"], f"{invoice.name}: {result['message']}", result["details"])
        invoice.job_id = result["jobId"]
    watchers = [threading.Thread(target=watch, args=(client, invoice), daemon=True) for invoice in wave]
    for watcher in watchers:
        watcher.start()
    deadline = time.monotonic() + WAVE_SECONDS + INVOICE_SECONDS * len(wave)
    for watcher in watchers:
        watcher.join(max(deadline - time.monotonic(), 0))
    if missing := [invoice.name for invoice in wave if not invoice.ended_at]:
        raise Refused(f"Expected all jobs to end in time, but these did not: {', '.join(missing)}.")


def watch(client: ApiClient, invoice: Invoice) -> None:
    """Prints each change of a job's tasks as it happens, and answers its reviews."""
    progress = Progress()
    try:
        for event in follow(client, invoice.job_id):
            if step := progress.apply(event):
                console.print(f"  {invoice.name:<20} {step.line}")
            if event["type"] == "job.task_wait_began.v1":
                review(client, invoice, event)
            if event["type"] == "job.task_succeeded.v1" and event["data"]["run"]["task"] == "approve":
                pass
        invoice.ended_at = event["position"]
    except Refused as refused:
        console.print(f"  {invoice.name:<20} {refused}")
