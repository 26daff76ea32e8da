"""Where the value of each input comes from, as its edges stand when its task starts or the job ends."""

from __future__ import annotations

from domain.jobs.index import WORKFLOW
from domain.jobs.run import Binding, Source
from domain.jobs.state import DELIVERED, Job

GATHERED_KEPT_MAX = 100
"""What is gathered from no more sources is kept as all jobs of a graph mostly have it."""


def bindings(job: Job, slots: range) -> dict[str, Binding]:
    """What each of these inputs is given; an input that can have no value is left out (no task starts with one)."""
    bound = {}
    for slot in slots:
        declared = job.index.slot_inputs[slot]
        binding = _gather(job, slot) if declared.gather else _first(job, slot)
        if binding is not None:
            bound[declared.name] = binding
    return bound


def _first(job: Job, slot: int) -> Binding | None:
    """Of several edges the first in edge order wins; a constant or default stands in when none delivered."""
    index = job.index
    for edge in index.slot_edges[slot]:
        if job.edges[edge] == DELIVERED:
            if not _is_first(job, edge):
                return Binding(source=_source(job, edge))
            binding = index.first_bindings[edge]
            if binding is None:
                binding = index.first_bindings[edge] = Binding(source=_source(job, edge))
            return binding
    return index.slot_fallback[slot]


def _gather(job: Job, slot: int) -> Binding | None:
    index = job.index
    edges = [edge for edge in index.slot_edges[slot] if job.edges[edge] == DELIVERED]
    if not edges:
        return index.slot_fallback[slot]
    usual = len(edges) == len(index.slot_edges[slot]) <= GATHERED_KEPT_MAX and all(
        _is_first(job, edge) for edge in edges
    )
    binding = index.first_gathered[slot] if usual else None
    if binding is None:
        binding = Binding(gathered=tuple([_source(job, edge) for edge in edges]))
        if usual:
            index.first_gathered[slot] = binding
    return binding


def _is_first(job: Job, edge: int) -> bool:
    """Whether it is the first run of its source that gives the value, or the job's inputs do."""
    task = job.index.edge_sources[edge]
    return task == WORKFLOW or job.runs[task] is job.index.first_runs[task]


def _source(job: Job, edge: int) -> Source:
    index = job.index
    task = index.edge_sources[edge]
    return Source(run=None if task == WORKFLOW else job.runs[task], path=index.edge_paths[edge])
