"""`opus jobs` and `opus history`: what runs and ran, and every event of one job."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from runner.cli.client import ApiClient
from runner.cli.finding import NotFound, get_workflow, workspace_id
from runner.cli.output import console, print_table, shown, speaking
from runner.cli.run import Priority

ROWS_DEFAULT = 20
ROWS_MAX = 100
WHY_CHARACTERS_MAX = 300

_JOBS = """
query ($workspace: ID!, $filter: JobFilter, $first: Int!) {
  workspace(id: $workspace) {
    jobs(filter: $filter, first: $first) {
      nodes { id status title createdAt endedAt workflow { name } blockers { summary } failedRun error { code message } }
    }
  }
}
"""
_HISTORY = """
query ($id: ID!, $after: Cursor) {
  job(id: $id) {
    history(first: 100, after: $after) {
      nodes { stream version at type summary reason actor { kind id name } }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""


class Status(StrEnum):
    """How a job stands."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"


def jobs(
    *,
    workflow: Annotated[
        str | None, typer.Option(help="Only those of this workflow, by name or id.", show_default=False)
    ] = None,
    status: Annotated[
        list[Status] | None,
        typer.Option(help="Only those that stand so; several can be named.", case_sensitive=False, show_default=False),
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="Only those with these words in the title.", show_default=False)
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(help="Only those that have this tag; of several, all of them.", show_default=False),
    ] = None,
    priority: Annotated[
        Priority | None, typer.Option(help="Only those of this priority.", case_sensitive=False, show_default=False)
    ] = None,
    key: Annotated[str | None, typer.Option(help="Only those with this business key.", show_default=False)] = None,
    source: Annotated[str | None, typer.Option(help="Only those that came from here.", show_default=False)] = None,
    roots: Annotated[bool, typer.Option("--roots", help="Only those that no other job started.")] = False,
    first: Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="How many, the newest first.")] = ROWS_DEFAULT,
) -> None:
    """List jobs, the newest first, and why those that do not move do not."""
    with speaking() as client:
        chosen = {
            **({"statuses": [one.name for one in status]} if status else {}),
            **({"workflowId": get_workflow(client, workflow)["id"]} if workflow else {}),
            **({"text": text} if text else {}),
            **({"tagsAll": tag} if tag else {}),
            **({"priority": priority.name} if priority else {}),
            **({"businessKey": key} if key else {}),
            **({"source": source} if source else {}),
            **({"rootsOnly": True} if roots else {}),
        }
        answer = client.query(_JOBS, workspace=workspace_id(client), filter=chosen, first=first)
        rows = [
            (
                job["id"],
                job["status"],
                job["createdAt"][:19].replace("T", " "),
                job["workflow"]["name"] if job["workflow"] else "",
                job["title"] or "",
                _why(job),
            )
            for job in answer["workspace"]["jobs"]["nodes"]
        ]
        if rows:
            print_table(("job", "status", "started (UTC)", "workflow", "title", "why"), rows)
        else:
            console.print(
                "No jobs." if chosen else "No jobs. `opus run WORKFLOW` starts one; `opus apply FILE` makes a workflow."
            )


def _why(job: dict[str, Any]) -> str:
    if not job["error"]:
        return " ".join(one["summary"] for one in job["blockers"][:1])
    where = f"{job['failedRun'].partition('#')[0]}: " if job["failedRun"] else ""
    return shown(f"{where}{job['error']['code']}: {job['error']['message'] or ''}".rstrip(": "), WHY_CHARACTERS_MAX)


def history(job: Annotated[str, typer.Argument(help="Id of the job.", show_default=False)]) -> None:
    """Show every event of a job: when, who, what."""
    with speaking() as client:
        print_history(client, job)


def print_history(client: ApiClient, job_id: str) -> None:
    """Prints the events of a job, a line each."""
    rows, after = [], None
    while True:
        job = client.query(_HISTORY, id=job_id, after=after)["job"]
        if job is None:
            raise NotFound(f'Expected the id of a job, but there is no "{job_id}".')
        for event in job["history"]["nodes"]:
            actor = event["actor"]
            who = actor["name"] or f"{actor['kind'].lower()} {actor['id']}"
            version = str(event["version"]) if event["stream"] == job_id else ""  # Reviews count for themselves.
            rows.append((version, event["at"][:23].replace("T", " "), who, _told(event)))
        if not job["history"]["pageInfo"]["hasNextPage"]:
            break
        after = job["history"]["pageInfo"]["endCursor"]
    print_table(("#", "at (UTC)", "who", "what"), rows)


def _told(event: dict[str, Any]) -> str:
    summary, reason = event["summary"], event["reason"]
    return summary if not reason or reason in summary else f'{summary} "{reason}"'
