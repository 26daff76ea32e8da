"""Mends a draft with the repairs that its checks know."""

from __future__ import annotations

from collections.abc import Sequence

from domain.refusals import Refusal
from domain.workflows.checks import Check, OutsideFinding, check
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
    events: list[DraftEvent] = []
    mended: dict[str, None] = {}
    for _ in range(REPAIR_ROUNDS_MAX):
        before = len(events)
        for one in _chosen(design, codes, findings, sub_workflows):
            if one.repair is None:
                continue
            try:
                more, design = edit(design, one.repair)
            except Refusal:
                continue  # Another repair has made it impossible, and perhaps needless.
            events += more
            if more:
                mended[one.code] = None
        if len(events) == before:
            break
    if not events:
        standing = sorted({one.code for one in _chosen(design, codes, findings, sub_workflows)})
        raise NothingToRepair(
            found=f"{', '.join(standing)} have none" if standing else "none of those asked for stands"
        )
    return events, tuple(sorted(mended))


def _chosen(
    design: Design, codes: Sequence[str], findings: Sequence[OutsideFinding], sub_workflows: SubWorkflows
) -> list[Check]:
    return [one for one in check(design, findings, sub_workflows) if not codes or one.code in codes]
