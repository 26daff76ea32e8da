"""`opus retry` and `opus give-up`: what an operator does to a run; `runner.cli.change` does it to all that is held in many jobs."""

from __future__ import annotations

from typing import Annotated

import typer

from runner.cli.client import REFUSED
from runner.cli.output import console, speaking

Job = Annotated[str, typer.Argument(help="Id of the job.", show_default=False)]
RunText = Annotated[str, typer.Argument(metavar="RUN", help="The run, as find#1.1.", show_default=False)]
Because = Annotated[
    str | None, typer.Option("--reason", "-r", help="Why; it stands in the record.", show_default=False)
]


def retry(job: Job, run: RunText, reason: Because = None) -> None:
    """Have a held run tried again, or at once one that waits for its next attempt. Where the outcome is unknown: it did not happen."""
    _change("retryTask", job, reason, run=run)


def give_up(job: Job, run: RunText, reason: Because = None) -> None:
    """Give up a held run, or one that waits for its next attempt: its job fails."""
    _change("giveUpTask", job, reason, run=run)


def _change(mutation: str, job: str, reason: str | None, **more: str) -> None:
    changed = "__typename ... on JobChanged { job { status pausedSince isEnding } }"
    document = f"mutation ($input: {mutation[0].upper()}{mutation[1:]}Input!) {{ {mutation}(input: $input) {{ {changed} {REFUSED} }} }}"
    with speaking() as client:
        stands = client.mutate(document, jobId=job, reason=reason, **more)["job"]
        if stands is None:
            console.print("done")
            return
        paused = ", paused" if stands["pausedSince"] else ""
        ending = ", ending" if stands["isEnding"] else ""
        console.print(f"job {stands['status'].lower().replace('_', ' ')}{paused}{ending}")
