"""`opus verify`, `rebuild`, `backup` and `restore`: that the record is what was written, that what is shown comes from it, and that it is not lost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from runner.cli.finding import NotFound
from runner.cli.later import loaded
from runner.cli.output import REFUSED_EXIT_CODE, console, errors, speaking

FINDINGS_SHOWN_MAX = 100

_INTEGRITY = """
query ($id: ID!) { job(id: $id) { integrity { intact events streams findings { stream version message } } } }
"""


def verify(
    job: Annotated[
        str | None,
        typer.Argument(help="Id of a job; without one, the whole log is verified in the database.", show_default=False),
    ] = None,
) -> None:
    """Recompute hashes and chains. Exit code 1 and what was found, when a record is not what was written."""
    found: list[str] = loaded("keeping").verify_all() if job is None else _verify_job(job)
    for sentence in found[:FINDINGS_SHOWN_MAX]:
        errors.print(sentence, style="red")
    if found:
        raise typer.Exit(REFUSED_EXIT_CODE)


def rebuild(
    models: Annotated[
        list[str] | None,
        typer.Argument(help="Names of read models; without any, all of them.", show_default=False),
    ] = None,
) -> None:
    """Build read models anew from the log, beside the old ones, which answer until the new ones have caught up."""
    loaded("rebuild").rebuild_models(models or [])


def backup(
    target: Annotated[
        Path, typer.Argument(help="A folder to be made, or a file whose name ends in .tar.", show_default=False)
    ],
) -> None:
    """Write everything worth keeping (database, files, keys) into a new folder or file, while the system runs."""
    loaded("keeping").make_backup(target)


def restore(
    source: Annotated[Path, typer.Argument(help="A backup: a folder or a .tar file.", show_default=False)],
) -> None:
    """Bring a backup into an empty OPUS_HOME (and the empty database of OPUS_DATABASE_URL, if set); a new epoch of the log begins."""
    loaded("keeping").restore_backup(source)


def _verify_job(job_id: str) -> list[str]:
    with speaking() as client:
        job = client.query(_INTEGRITY, id=job_id)["job"]
        if job is None:
            raise NotFound(f'Expected the id of a job, but there is no "{job_id}".')
        integrity = job["integrity"]
        if integrity["intact"]:
            streams = "1 stream" if integrity["streams"] == 1 else f"{integrity['streams']} streams"
            console.print(f"chain intact, {integrity['events']} events of {streams}")
        return [f"{found['stream']}, version {found['version']}: {found['message']}" for found in integrity["findings"]]
