"""Where the value of each input comes from, as its edges stand when its task starts or the job ends."""

from __future__ import annotations

from domain.jobs.index import WORKFLOW
from domain.jobs.run import Binding, Source
from domain.jobs.state import DELIVERED, Job


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
            task = index.edge_sources[edge]
            if task != WORKFLOW and job.runs[task] is not index.first_runs[task]:
                return Binding(source=_source(job, edge))
            binding = index.first_bindings[edge]
            if binding is None:
                binding = index.first_bindings[edge] = Binding(source=_source(job, edge))
            return binding
    return index.slot_fallback[slot]


def _gather(job: Job, slot: int) -> Binding | None:
    index = job.index
    gathered = tuple(_source(job, edge) for edge in index.slot_edges[slot] if job.edges[edge] == DELIVERED)
    return Binding(gathered=gathered) if gathered else index.slot_fallback[slot]


def _source(job: Job, edge: int) -> Source:
    index = job.index
    task = index.edge_sources[edge]
    return Source(run=None if task == WORKFLOW else job.runs[task], path=index.edge_paths[edge])
