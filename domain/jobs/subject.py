"""What jobs offer to the dispatch."""

from __future__ import annotations

from domain.events import Event
from domain.jobs.commands import StartJob
from domain.jobs.decide import decide
from domain.jobs.events import JobStarted
from domain.jobs.evolve import evolve
from domain.jobs.reactions import reactions
from domain.jobs.snapshot import dump, load
from domain.jobs.state import Job
from domain.subject import Command, Subject

ITEMS_AS_LARGE_AS_A_RUN = 20


def needs(cause: Event | Command) -> str | None:
    """The content hash of the compiled graph that a job is folded with, told by its start."""
    return cause.graph if isinstance(cause, JobStarted | StartJob) else None


def size(job: Job) -> int:
    """The tasks, the runs whose ends are known, and the items: all have a place in the state for as long as the job lives."""
    return len(job.statuses) + len(job.where) + sum(map(len, job.items.values())) // ITEMS_AS_LARGE_AS_A_RUN


def rests(job: Job) -> bool:
    """Nothing of it runs: it waits, or has ended."""
    return not job.running_count


JOBS = Subject(
    name="job",
    initial=Job,
    decide=decide,
    evolve=evolve,
    advances=True,
    owned=True,
    needs=needs,
    reactions=reactions,
    dump=dump,
    load=load,
    size=size,
    rests=rests,
)
"""The job engine, as the dispatch uses it."""
