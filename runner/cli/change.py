"""`opus pause`, `resume`, `cancel`, `retry-held` and `give-up-held`: the same to one job, several, or all that a choice names; first told with --dry-run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from runner.cli.client import REFUSED, ApiClient
from runner.cli.finding import get_workflow
from runner.cli.jobs import Status
from runner.cli.output import console, speaking
from runner.cli.run import Priority

PAGE_JOBS = 500
NOT_ALL_EXIT_CODE = 1

_CHANGE = f"""
mutation ($input: ChangeJobsInput!) {{
  changeJobs(input: $input) {{
    __typename
    ... on ChangeJobsSuccess {{
      outcomes {{ jobId changed refusal {{ code message }} }}
      hasNextPage
      endCursor
    }}
    {REFUSED}
  }}
}}
"""

Jobs = Annotated[
    list[str] | None, typer.Argument(help="Ids of the jobs; else choose them by options.", show_default=False)
]
Reason = Annotated[
    str, typer.Option("--reason", "-r", help="Why; it stands in the record of each job.", show_default=False)
]
Perhaps = Annotated[
    str | None, typer.Option("--reason", "-r", help="Why; it stands in the record.", show_default=False)
]
Workflow = Annotated[str | None, typer.Option(help="Those of this workflow, by name or id.", show_default=False)]
Standing = Annotated[
    list[Status] | None,
    typer.Option(
        "--status",
        help="Those that stand so; else those that have not ended.",
        case_sensitive=False,
        show_default=False,
    ),
]
Text = Annotated[str | None, typer.Option(help="Those with these words in the title.", show_default=False)]
Tag = Annotated[list[str] | None, typer.Option(help="Those that have this tag; of several, all.", show_default=False)]
Priorities = Annotated[
    Priority | None,
    typer.Option("--priority", help="Those of this priority.", case_sensitive=False, show_default=False),
]
Key = Annotated[str | None, typer.Option(help="Those with this business key.", show_default=False)]
Source = Annotated[str | None, typer.Option(help="Those that came from here.", show_default=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done and what refused.")]


def pause(
    jobs: Jobs = None,
    *,
    reason: Reason,
    workflow: Workflow = None,
    status: Standing = None,
    text: Text = None,
    tag: Tag = None,
    priority: Priorities = None,
    key: Key = None,
    source: Source = None,
    dry_run: DryRun = False,
) -> None:
    """Pause jobs: what runs goes on and is recorded, but nothing starts or ends until they are resumed. Exit code 1 when one was refused."""
    chosen = _Choice(jobs, workflow, status, text, tag, priority, key, source)
    _change("PAUSE", "paused", chosen, reason, dry_run=dry_run)


def resume(
    jobs: Jobs = None,
    *,
    reason: Perhaps = None,
    workflow: Workflow = None,
    status: Standing = None,
    text: Text = None,
    tag: Tag = None,
    priority: Priorities = None,
    key: Key = None,
    source: Source = None,
    dry_run: DryRun = False,
) -> None:
    """Have paused jobs go on. Exit code 1 when one was refused."""
    chosen = _Choice(jobs, workflow, status, text, tag, priority, key, source)
    _change("RESUME", "resumed", chosen, reason, dry_run=dry_run)


def cancel(
    jobs: Jobs = None,
    *,
    reason: Reason,
    workflow: Workflow = None,
    status: Standing = None,
    text: Text = None,
    tag: Tag = None,
    priority: Priorities = None,
    key: Key = None,
    source: Source = None,
    dry_run: DryRun = False,
) -> None:
    """End jobs now, each for itself. Exit code 1 when one was refused."""
    chosen = _Choice(jobs, workflow, status, text, tag, priority, key, source)
    _change("CANCEL", "cancelled", chosen, reason, dry_run=dry_run)


def retry_held(
    jobs: Jobs = None,
    *,
    reason: Perhaps = None,
    workflow: Workflow = None,
    status: Standing = None,
    text: Text = None,
    tag: Tag = None,
    priority: Priorities = None,
    key: Key = None,
    source: Source = None,
    dry_run: DryRun = False,
) -> None:
    """Have everything that is held in jobs tried again. Exit code 1 when one was refused."""
    chosen = _Choice(jobs, workflow, status, text, tag, priority, key, source)
    _change("RETRY_HELD", "tried again", chosen, reason, dry_run=dry_run)


def give_up_held(
    jobs: Jobs = None,
    *,
    reason: Reason,
    workflow: Workflow = None,
    status: Standing = None,
    text: Text = None,
    tag: Tag = None,
    priority: Priorities = None,
    key: Key = None,
    source: Source = None,
    dry_run: DryRun = False,
) -> None:
    """Give up what is held in jobs, which fail with it. Exit code 1 when one was refused."""
    chosen = _Choice(jobs, workflow, status, text, tag, priority, key, source)
    _change("GIVE_UP_HELD", "given up", chosen, reason, dry_run=dry_run)


class _Choice:
    """The jobs that a person named, or chose by how they stand and what they are found by."""

    def __init__(self, jobs: list[str] | None, workflow: str | None, *found_by: Any) -> None:
        self.jobs = jobs or []
        self._workflow = workflow
        self._found_by = found_by
        if bool(self.jobs) == bool(workflow or any(found_by)):
            raise typer.BadParameter("Expected ids of jobs, or options that choose some; not both.")

    def asked(self, client: ApiClient) -> dict[str, Any]:
        """What the API is asked for."""
        if self.jobs:
            return {"jobIds": self.jobs}
        status, text, tag, priority, key, source = self._found_by
        chosen = {
            "workflowId": get_workflow(client, self._workflow)["id"] if self._workflow else None,
            "statuses": [one.name for one in status] if status else None,
            "text": text,
            "tagsAll": tag or None,
            "priority": priority.name if priority else None,
            "businessKey": key,
            "source": source,
        }
        return {"filter": {name: value for name, value in chosen.items() if value is not None}, "first": PAGE_JOBS}


def _change(change: str, done: str, chosen: _Choice, reason: str | None, *, dry_run: bool) -> None:
    counted: Counter[str] = Counter()
    with speaking() as client:
        for outcome in _outcomes(client, chosen.asked(client), change=change, reason=reason, dryRun=dry_run):
            refusal = outcome["refusal"]
            counted["refused" if refusal else "changed" if outcome["changed"] else "as asked already"] += 1
            if refusal:
                console.print(f"job {outcome['jobId']} refused: {refusal['message']}")
            elif outcome["changed"]:
                console.print(f"job {outcome['jobId']} {'would be ' if dry_run else ''}{done}")
    told = ", ".join(f"{count} {what}" for what, count in counted.items()) or "no jobs"
    console.print(f"{told}{' (dry run: nothing was written)' if dry_run else ''}")
    if counted["refused"]:
        raise typer.Exit(NOT_ALL_EXIT_CODE)


def _outcomes(client: ApiClient, asked: dict[str, Any], **said: Any) -> Iterator[dict[str, Any]]:
    after = None
    while True:
        page = client.mutate(_CHANGE, **asked, **said, **({"after": after} if after else {}))
        yield from page["outcomes"]
        after = page["endCursor"]
        if not page["hasNextPage"]:
            return
