"""The kind `decision`: conditions on its inputs, some perhaps in words, combined; or one expression. It takes the route `true` or `false`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from domain.kinds import conditions
from domain.kinds.asking_models import AskingConfiguration, asking_findings
from domain.kinds.conditions import CONDITIONS_MAX, AnyCondition, Combine
from domain.kinds.contract import Finding, Follows, Kind, OutputsOf
from domain.kinds.declared import declared_twice
from domain.kinds.errors.models import MODEL_ERRORS
from domain.kinds.errors.others import DECISION_ERRORS
from domain.kinds.rewriting import renamed_in_cel
from domain.types import BooleanType
from domain.variables import Direction, Variable

TRUE, FALSE = "true", "false"
FINAL = "final_decision"
EXPRESSION_CHARACTERS_MAX = 10_000


class DecisionConfiguration(AskingConfiguration):
    """The declared inputs, and either conditions with how they are combined, or an expression (CEL) over the inputs' names.

    Which model is asked, and how, is needed only where a condition is in words.
    """

    inputs: tuple[Variable, ...] = ()
    conditions: Annotated[tuple[AnyCondition, ...], Field(max_length=CONDITIONS_MAX)] = ()
    combine: Combine = "and"
    expression: str | None = None


class Decision(Kind[DecisionConfiguration]):
    """Decides which way a job goes on."""

    name = "decision"
    title = "Decision"
    help = "Conditions of the form source, operation, value, or in words, combined by and / or; or one expression."
    config = DecisionConfiguration
    errors = (*DECISION_ERRORS, *MODEL_ERRORS)

    def routes(self, config: DecisionConfiguration) -> tuple[str, ...]:  # noqa: ARG002
        """Whether the decision came out true."""
        return (TRUE, FALSE)

    def inputs(self, config: DecisionConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The declared inputs."""
        return config.inputs

    def outputs(self, config: DecisionConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """What it came to, and each condition on its own, counted from 1."""
        names = (FINAL, *(f"condition_{number}" for number in range(1, len(config.conditions) + 1)))
        return tuple(Variable(name=name, type=BooleanType()) for name in names)

    def follows(self, direction: Direction) -> Follows:
        """Its outputs follow from its conditions."""
        return "declared" if direction == "input" else "derived"

    def renamed_variable(
        self, config: DecisionConfiguration, direction: Direction, old: str, new: str
    ) -> DecisionConfiguration | None:
        """The conditions and the expression with the input under its new name."""
        renamed = super().renamed_variable(config, direction, old, new)
        if renamed is None:
            return None
        uses: dict[str, Any] = {"conditions": tuple(conditions.renamed(one, old, new) for one in config.conditions)}
        if config.expression is not None:
            uses["expression"] = renamed_in_cel(config.expression, old, new, "expression")
        return renamed.model_copy(update=uses)

    def written(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """Paths are written with dots."""
        written = dict(form)
        if "conditions" in form:
            written["conditions"] = [conditions.written(condition) for condition in form["conditions"]]
        return written

    def findings(self, config: DecisionConfiguration) -> Iterator[Finding]:
        """There must be something to decide, on declared inputs, with operations that suit them."""
        yield from declared_twice("inputs", config.inputs)
        if not config.conditions and not (config.expression or "").strip():
            yield Finding("MISSING_CONFIGURATION", "conditions", "conditions or an expression", "neither")
        if config.conditions and config.expression is not None:
            yield Finding("MISSING_CONFIGURATION", "expression", "either conditions or an expression", "both")
        if config.expression is not None and len(config.expression) > EXPRESSION_CHARACTERS_MAX:
            expected = f"an expression of at most {EXPRESSION_CHARACTERS_MAX} characters"
            yield Finding("EXPRESSION_TOO_LONG", "expression", expected, f"{len(config.expression)}")
        yield from conditions.findings(config.conditions, config.inputs)
        if conditions.in_words(config.conditions):
            yield from asking_findings(config)
