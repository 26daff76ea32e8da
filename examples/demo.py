"""`make demo`: takes a folder of PDF invoices through the workflow beside this file, over the public API.

A scripted reviewer stands in for the person: for a waiting review it reads the true `amount` from the JSON file of the invoice's
name. In the end it is counted which totals were found without a person, and whether a wrong one passed unseen.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from examples.demo_invoices import Invoice, answer, read_invoices, verdict
from examples.demo_system import running_system
from runner.cli.client import REFUSED, ApiClient, ApiRefused
from runner.cli.finding import get_workflow
from runner.cli.jobs import print_history
from runner.cli.output import console, print_table, shown
from runner.cli.progress import Progress, follow
from runner.refused import Refused

EXAMPLE = Path(__file__).parent / "invoice_approval"
WORKFLOW = "Vendor invoice approval"
HOME = Path(".opus-demo")
JOBS_AT_ONCE_MAX = 50
WAVE_SECONDS = 60.0
INVOICE_SECONDS = 5.0

_START = f"""
mutation ($input: StartJobsInput!) {{
  startJobs(input: $input) {{
    __typename ... on StartJobsSuccess {{ results {{ __typename ... on JobChanged {{ jobId }} {REFUSED} }} }} {REFUSED}
  }}
}}
"""
_REVIEW = (
    "query ($id: ID!, $position: Position) { review(id: $id, atLeastPosition: $position) { outputs { name json } } }"
)
_DECIDE = f"""
mutation ($input: DecideReviewInput!) {{
  decideReview(input: $input) {{ __typename ... on ReviewChanged {{ reviewId }} {REFUSED} }}
}}
"""
_JOB = """
query ($id: ID!, $position: Position) {
  job(id: $id, atLeastPosition: $position) {
    status
    error { code message }
    tasks { nodes { task outputs { name json } } }
    outputs { name file { name url } }
    integrity { intact events findings { message } }
  }
}
"""


def main() -> int:
    """Runs the demonstration; 0 when every job completed and no wrong total passed unseen."""
    folder = Path(os.environ.get("INVOICES") or EXAMPLE / "invoices")
    invoices = read_invoices(folder)
    if not invoices:
        console.print(f"Expected PDF files in {folder}, but there are none.")
        return 2
    home = HOME.absolute()
    title(f"A system of its own in {home}, removed when the next demo starts")
    try:
        with running_system(home) as system:
            title("The workflow, as its file says")
            system.opus("apply", os.path.relpath(EXAMPLE / "workflow.yaml"))
            client = system.client()
            workflow = get_workflow(client, WORKFLOW)["id"]
            for wave in waves(invoices):
                title(f"{len(wave)} invoices of {folder}, a job each")
                take_through(client, workflow, wave)
            for invoice in invoices:
                invoice.job = client.query(_JOB, id=invoice.job_id, position=invoice.ended_at)["job"]
            return conclude(client, invoices)
    except Refused as refused:
        console.print(str(refused), style="red")
        return 1


def waves(invoices: Sequence[Invoice]) -> Iterator[list[Invoice]]:
    """The invoices in groups that are started, and watched, together."""
    rest = iter(invoices)
    while wave := list(islice(rest, JOBS_AT_ONCE_MAX)):
        yield wave


def take_through(client: ApiClient, workflow: str, wave: Sequence[Invoice]) -> None:
    """Uploads invoices, starts a job each in one call, and stays until all have ended."""
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
    if late := [invoice.name for invoice in wave if not invoice.ended_at]:
        raise Refused(f"Expected all jobs to end in time, but these did not: {', '.join(late)}.")


def watch(client: ApiClient, invoice: Invoice) -> None:
    """Prints each change of a job's tasks as it happens, and answers its reviews."""
    progress = Progress()
    try:
        for event in follow(client, invoice.job_id):
            if step := progress.apply(event):
                console.print(f"  {invoice.name:<20} {step.line}")
            if event["type"] == "job.task_wait_began.v1":
                decide(client, invoice, event)
        invoice.ended_at = event["position"]
    except Refused as refused:
        console.print(f"  {invoice.name:<20} {refused}", style="red")


def decide(client: ApiClient, invoice: Invoice, waiting: dict[str, Any]) -> None:
    """Plays the reviewer: looks at what the review shows, and accepts, corrects or rejects it."""
    review_id = waiting["data"]["review_id"]
    review = client.query(_REVIEW, id=review_id, position=waiting["position"])["review"]
    seen = {output["name"]: output["json"] for output in review["outputs"]}
    said = answer(seen.get("total"), invoice.true_amount)
    invoice.passed = said.passed
    correction = [] if said.total is None else [{"name": "total", "value": {"json": str(said.total)}}]
    shows = ", ".join(f"{name} {shown(value, 40)}" for name, value in seen.items() if value not in (None, ""))
    changed = "" if said.total is None else f", total {seen.get('total') or 'nothing'} → {said.total}"
    console.print(f"  {invoice.name:<20} review shows     {shows}", style="yellow")
    console.print(
        f"  {invoice.name:<20} reviewer says    {said.decision.lower()}{changed}: {said.comment}", style="yellow"
    )
    client.mutate(_DECIDE, reviewId=review_id, decision=said.decision, corrections=correction, comment=said.comment)


def conclude(client: ApiClient, invoices: Sequence[Invoice]) -> int:
    """Prints what was exported, each job's history, and how the totals were found."""
    title("Exported rows")
    for invoice in invoices:
        for output in invoice.job["outputs"] or ():
            if output["file"]:
                content = b"".join(client.fetch(output["file"]["url"])).decode().strip()
                console.print(f"{invoice.name}, {output['file']['name']}:\n{content}")
    ok = True
    for invoice in invoices:
        title(f"History of {invoice.name}: job {invoice.job_id}, {invoice.job['status'].lower()}")
        print_history(client, invoice.job_id)
        integrity = invoice.job["integrity"]
        for finding in integrity["findings"]:
            console.print(finding["message"], style="red")
        console.print(f"chain {'intact' if integrity['intact'] else 'BROKEN'}, {integrity['events']} events")
        ok = ok and integrity["intact"] and invoice.job["status"] == "COMPLETED"
    title("Totals")
    rows = [
        (
            invoice.name,
            str(invoice.found if invoice.found is not None else "none"),
            "yes" if invoice.is_sure else "no",
            str(invoice.true_amount if invoice.true_amount is not None else "unknown"),
            invoice.passed,
        )
        for invoice in invoices
    ]
    print_table(("invoice", "found total", "sure?", "true amount", "passed"), rows)
    sentence, unseen = verdict(invoices)
    console.print(f"\n{sentence}", style="bold")
    return 0 if ok and not unseen else 1


def title(text: str) -> None:
    """Begins a section of what is printed."""
    console.print(f"\n{text}", style="bold cyan")


if __name__ == "__main__":
    sys.exit(main())
