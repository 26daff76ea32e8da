"""What is wrong with the inputs of a job: whoever holds the values looks at each, and the names are looked at by everyone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from domain.graph import Graph, GraphInput, GraphOutput
from domain.refusals import Detail
from domain.types import check


def misfits(declared: Iterable[GraphInput | GraphOutput], values: Mapping[str, Any], what: str) -> list[Detail]:
    """What of the values, whole, does not fit its declared type."""
    types = {variable.name: variable.type for variable in declared}
    return [
        detail
        for name, value in values.items()
        if name in types and value is not None
        for detail in check(types[name], value, f"{what} {name}")
    ]


def wrong_inputs(graph: Graph, inputs: Mapping[str, Any], findings: Sequence[Detail]) -> tuple[Detail, ...]:
    """All that is wrong: what was found in the values, names that are unknown, and values that are missing."""
    declared = {variable.name: variable for variable in graph.inputs}
    found = [
        Detail(f"input {name}", "an input of the workflow", "an unknown name")
        for name in inputs
        if name not in declared
    ]
    found += [
        Detail(f"input {name}", "a value", "nothing")
        for name, variable in declared.items()
        if variable.required and variable.default is None and inputs.get(name) is None
    ]
    named = {detail.path for detail in findings}
    return (*findings, *(detail for detail in found if detail.path not in named)) if found else tuple(findings)
