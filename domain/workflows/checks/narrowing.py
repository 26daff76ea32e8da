"""The repair of a link whose value may not fit: what gives it is declared as narrowly as it is wanted."""

from __future__ import annotations

from domain.types import ValueType, accepts, always_fits
from domain.variables import Variable
from domain.workflows.design import Edge
from domain.workflows.operations import DeclareInput, DeclareVariable
from domain.workflows.sub_workflows import EXECUTE_WORKFLOW
from domain.workflows.wiring import Wiring


def narrowing(
    wiring: Wiring, edge: Edge, given: ValueType | None, wanted: ValueType | None
) -> tuple[DeclareInput | DeclareVariable, ...] | None:
    """The edit that declares what an edge brings with the type that is wanted; None where it is not declared, or would be wider so."""
    if wanted is None or edge.path is None or len(edge.path) > 1 or always_fits(wanted, given) is not None:
        return None
    if edge.source is None:
        declared = _narrowed(wiring.design.inputs[edge.path[0]], wanted)
        return None if declared is None else (DeclareInput(input=declared),)
    source = wiring.tasks[edge.source]
    if source.over is not None or source.task.kind == EXECUTE_WORKFLOW:
        return None  # The list of what items gave, and what another workflow gives, are not declared here.
    known = next((one for one in source.declared_outputs if one.name == edge.path[0]), None)
    declared = None if known is None else _narrowed(known, wanted)
    if declared is None:
        return None
    return (DeclareVariable(task=edge.source, direction="output", variable=declared),)


def _narrowed(variable: Variable, wanted: ValueType) -> Variable | None:
    given = (one.value for one in (variable.default, variable.sample) if one is not None)
    return variable.model_copy(update={"type": wanted}) if all(accepts(wanted, one) for one in given) else None
