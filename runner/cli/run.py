"""`opus run`: starts a job and, if asked, stays until it has ended."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.live import Live

from runner.cli.client import REFUSED, ApiClient, ApiRefused
from runner.cli.finding import get_workflow, input_types
from runner.cli.given import read_given
from runner.cli.output import SHOWN_CHARACTERS_MAX, console, shown, speaking, whole
from runner.cli.progress import Progress, follow
from runner.cli.webhook_options import Callbacks, callbacks_of
from runner.refused import Refused

NOT_COMPLETED_EXIT_CODE = 3
REFRESHES_PER_SECOND = 8
SOURCE = "cli"
WAIT_BEGAN = "job.task_wait_began.v1"

_START = f"mutation ($input: StartJobInput!) {{ startJob(input: $input) {{ __typename ... on JobChanged {{ jobId position }} {REFUSED} }} }}"
_TASKS = (
    "query ($id: ID!, $position: Position) { job(id: $id, atLeastPosition: $position) { version { tasks { name } } } }"
)
_RESULT = """
query ($id: ID!, $position: Position) {
  job(id: $id, atLeastPosition: $position) {
    status
    failedRun
    error { code message }
    reason
    outputs { name json size url file { name size url } files { name size url } }
  }
}
"""


class Priority(StrEnum):
    """How much a job matters."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


def run(
    workflow: Annotated[str, typer.Argument(help="Name or id of the workflow.", show_default=False)],
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            "-i",
            help="name=value, once for each input. The text is read as the input's type has it; name=@file reads the value "
            "from a file, and uploads it for an input that is a file. A text that begins with @ is written with two.",
            show_default=False,
        ),
    ] = None,
    *,
    title: Annotated[str | None, typer.Option(help="What the job is called.", show_default=False)] = None,
    idempotency_key: Annotated[
        str | None, typer.Option(help="The same key and inputs give the same job again.", show_default=False)
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="What the job is found by; several can be given.", show_default=False)
    ] = None,
    priority: Annotated[
        Priority | None, typer.Option(help="How much it matters.", case_sensitive=False, show_default=False)
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(help="What the job is about, by the name other systems have for it.", show_default=False),
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option(help="Seconds after which it times out, waiting included.", show_default=False)
    ] = None,
    callbacks: Callbacks = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Stay and show each task until the job has ended.")
    ] = False,
) -> None:
    """Start a job. Exit code 0: started, or with --watch completed; 1: refused; 2: wrong use; 3: with --watch not completed."""
    with speaking() as client:
        asked = {
            "title": title,
            "idempotencyKey": idempotency_key,
            "timeLimitSeconds": time_limit,
            "callbacks": callbacks_of(callbacks),
        }
        labels = {"tags": tag, "priority": priority.name if priority else None, "businessKey": key, "source": SOURCE}
        started = start(client, workflow, given or [], **asked, **labels)
        console.print(f"job {started['jobId']}")
        if not watch:
            if console.is_terminal:
                console.print(f"  `opus jobs` shows how it stands, `opus history {started['jobId']}` what happened.")
            _until_known(client, started)
        else:
            ended_at = _watch(client, started["jobId"], started["position"])
            if not _tell_result(client, started["jobId"], ended_at):
                raise typer.Exit(NOT_COMPLETED_EXIT_CODE)


def start(client: ApiClient, workflow: str, given: list[str], **asked: Any) -> dict[str, Any]:
    """Starts a job; tells its id, and the position from which it is known."""
    found = get_workflow(client, workflow)
    types = input_types(client, found["id"])
    inputs = read_given(client, given, types, "input")
    try:
        said = {name: value for name, value in asked.items() if value is not None}
        return client.mutate(_START, workflowId=found["id"], inputs=inputs, **said)
    except ApiRefused as refused:
        details = [_beside(detail, inputs, types) for detail in refused.details]
        raise ApiRefused(refused.code, refused.message, details) from None


def _beside(detail: dict[str, Any], inputs: list[dict[str, Any]], types: Mapping[str, str]) -> dict[str, Any]:
    """A detail with what was typed for the input it speaks of, and an input whose name comes near where it is unknown."""
    name = str(detail.get("path", "")).removeprefix("input ")
    typed = next((one["value"].get("json") for one in inputs if one["name"] == name), None)
    if typed is None:
        return detail
    told = ""
    if name not in types:
        near = get_close_matches(name, types, n=1)
        told = f" Did you mean {near[0]}?" if near else ""
    elif shown(typed) not in detail["message"]:
        told = f' It is "{shown(typed)}".'
    return {"message": f"{detail['message']}{told}"}


def _until_known(client: ApiClient, started: Mapping[str, Any]) -> None:
    """Waits until the next command knows the job too; it has started, whether that takes long or not."""
    with contextlib.suppress(Refused):
        client.query(_TASKS, id=started["jobId"], position=started["position"])


def _watch(client: ApiClient, job_id: str, position: str) -> str:
    """Shows each task until the job has ended; returns the position of its end."""
    job = client.query(_TASKS, id=job_id, position=position)["job"]
    progress = Progress([task["name"] for task in job["version"]["tasks"]])
    live = Live(get_renderable=progress.table, console=console, refresh_per_second=REFRESHES_PER_SECOND)
    ended_at = position
    with live if console.is_terminal else contextlib.nullcontext():
        for event in follow(client, job_id):
            ended_at = event["position"]
            step = progress.apply(event)
            if event["type"] == WAIT_BEGAN and event["data"]["waits_for"] == "review":
                console.print(
                    "  `opus reviews` shows what must be judged; `opus decide REVIEW accept` (or reject) answers."
                )
            if step is not None and not console.is_terminal:
                console.print(step.line)
    return ended_at


def _tell_result(client: ApiClient, job_id: str, position: str) -> bool:
    job = client.query(_RESULT, id=job_id, position=position)["job"]
    console.print(f"job {job['status'].lower().replace('_', ' ')}")
    if job["error"]:
        where = f" in {job['failedRun']}" if job["failedRun"] else ""
        console.print(f"  {job['error']['code']}{where}: {job['error']['message'] or ''}")
    if job["reason"]:
        console.print(f"  {job['reason']}")
    for output in job["outputs"] or ():
        console.print(f"  {show_value(output['name'], output)}")
    return bool(job["status"] == "COMPLETED")


def show_value(name: str, value: dict[str, Any], most: int | None = SHOWN_CHARACTERS_MAX) -> str:
    """A named value of the API as lines, in at most so many characters or (None) whole; a file with the verb that fetches it."""
    files = [value["file"]] if value["file"] else value["files"]
    if files:
        said = ", ".join(f"{file['name']} ({file['size']} bytes)" for file in files)
        return "\n".join([f"{name} = {said}", *(f"    opus files get {file['url']}" for file in files)])
    if value["size"] is not None:
        return f"{name} = {value['size']} bytes\n    opus files get {value['url']}"
    if value["json"] is None:
        return f"{name} = nothing"
    return f"{name} = {whole(value['json']) if most is None else shown(value['json'], most)}"
