"""Mends a draft with the repairs that its checks know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from domain.refusals import Refusal
from domain.workflows import operations as ops
from domain.workflows.checks import Check, Facts, OutsideFinding, examine
from domain.workflows.design import Design
from domain.workflows.editing import edit
from domain.workflows.events import DraftEvent
from domain.workflows.refusals import NothingToRepair
from domain.workflows.sub_workflows import SubWorkflows

REPAIR_ROUNDS_MAX = 10
"""What a repair leaves behind may want one of its own; so often it is looked again."""


def repaired(
    design: Design, codes: Sequence[str], findings: Sequence[OutsideFinding], sub_workflows: SubWorkflows
) -> tuple[list[DraftEvent], tuple[str, ...]]:
    """The edits that mend what the checks with these codes (none: all) found, and the codes of those that were mended."""
    facts = Facts(findings, sub_workflows)
    examined = examine(design, facts)
    events: list[DraftEvent] = []
    mended: dict[tuple[str, str, str], None] = {}
    for _ in range(REPAIR_ROUNDS_MAX):
        before = len(events)
        about: set[str] = set()
        for one in _chosen(examined.checks, codes):
            # What another repair of this round was about is looked at again first; and nothing is mended twice.
            asked = set(_about(one.repair or ()))
            if one.repair is None or not about.isdisjoint(asked) or (one.code, one.place, one.found) in mended:
                continue
            try:
                more, design = edit(design, one.repair)
            except Refusal:
                continue  # Another repair has made it impossible, and perhaps needless.
            events += more
            about |= asked
            if more:
                mended[one.code, one.place, one.found] = None
        if len(events) == before:
            break
        examined = examine(design, facts, examined)
    if not events:
        standing = sorted({one.code for one in _chosen(examined.checks, codes)})
        raise NothingToRepair(
            found=f"{', '.join(standing)} have none" if standing else "none of those asked for stands"
        )
    return events, tuple(sorted({code for code, *_ in mended}))


def _chosen(checks: Iterable[Check], codes: Sequence[str]) -> list[Check]:
    return [one for one in checks if not codes or one.code in codes]


def _about(repair: Iterable[ops.Operation]) -> Iterator[str]:
    for operation in repair:
        match operation:
            case ops.ConnectEdge(edge=edge):
                yield from (edge.text, edge.end, ".".join((edge.source or "inputs", *(edge.path or ())[:1])))
            case ops.DisconnectEdge(edge=edge):
                yield edge.text
            case ops.DeclareInput(input=variable):
                yield f"inputs.{variable.name}"
            case ops.RemoveInput(input=name):
                yield f"inputs.{name}"
            case ops.DeclareOutput(output=variable):
                yield f"outputs.{variable.name}"
            case ops.DeclareVariable(variable=variable):
                yield f"{operation.task}.{variable.name}"
            case ops.SetTaskInput(input=name):
                yield f"{operation.task}.{name}"
            case ops.ConfigureTask() | ops.SetTaskPolicy():
                yield operation.task
            case _:
                yield operation.do
