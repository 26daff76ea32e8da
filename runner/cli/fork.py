"""`opus fork`: runs a job again from one of its tasks, as a new job."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from runner.cli.client import REFUSED
from runner.cli.finding import NotFound
from runner.cli.given import read_given
from runner.cli.output import console, speaking

_INPUTS = "query ($id: ID!) { job(id: $id) { version { inputs { name type { name } } } } }"
_FORK = f"""
mutation ($input: ForkJobInput!) {{
  forkJob(input: $input) {{
    __typename
    ... on ForkJobSuccess {{ jobId job {{ counts {{ succeeded }} forkOf {{ asOfVersion }} }} }}
    {REFUSED}
  }}
}}
"""
_FROM = re.compile(r"(?P<task>[a-z][a-z0-9_]*)(?:\[(?P<item>[0-9]{1,7})\])?")


def fork(
    job: Annotated[str, typer.Argument(help="Id of the job.", show_default=False)],
    task: Annotated[
        str,
        typer.Argument(
            metavar="FROM", help="The task to run again from, or one item of it: task[3].", show_default=False
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why; it stands in the record.", show_default=False)],
    given: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", help="name=value: an input to be given anew, as for `run`.", show_default=False),
    ] = None,
    *,
    title: Annotated[str | None, typer.Option(help="What the fork is called.", show_default=False)] = None,
) -> None:
    """Run a job again from one of its tasks, as a new job that reuses the outcomes of all that does not follow it."""
    with speaking() as client:
        begins = _FROM.fullmatch(task)
        if begins is None:
            raise typer.BadParameter(f'Expected a task like find, or an item like find[3], but got "{task}".')
        shown = client.query(_INPUTS, id=job)["job"]
        if shown is None:
            raise NotFound(f'Expected the id of a job, but there is no "{job}".')
        types = {one["name"]: one["type"]["name"] for one in (shown["version"] or {"inputs": []})["inputs"]}
        done = client.mutate(
            _FORK,
            jobId=job,
            task=begins["task"],
            item=None if begins["item"] is None else int(begins["item"]),
            inputs=read_given(client, given, types, "input") if given else None,
            reason=reason,
            title=title,
        )
        console.print(f"job {done['jobId']}")
        if done["job"]:
            version = done["job"]["forkOf"]["asOfVersion"]
            console.print(f"  a fork of {job} as of its version {version}")
