"""Workflows, as the dispatch takes them."""

from __future__ import annotations

from domain.subject import Subject
from domain.workflows.decide import decide
from domain.workflows.snapshot import dump, load, size
from domain.workflows.state import INITIAL, evolve

WORKFLOWS = Subject(
    name="workflow",
    initial=lambda _: INITIAL,
    decide=decide,
    evolve=evolve,
    dump=dump,
    load=load,
    size=size,
)
