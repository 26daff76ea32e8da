"""The kind `human_review`: a person accepts or rejects another task's outputs, and may correct them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.graph import Asks
from domain.kinds.contract import Configuration, Finding, Follows, Kind, OutputsOf
from domain.kinds.declared import declared_twice
from domain.reviews.events import Assignment
from domain.types import ObjectField, ObjectType
from domain.variables import Direction, Variable

REVIEWED = "reviewed"
"""The input that brings all outputs of the reviewed task together; no edge of the draft feeds it."""
ACCEPTED, REJECTED = "accepted", "rejected"
DECIDING_ROLES = ("admin", "builder", "operator", "reviewer")
GUIDANCE_CHARACTERS_MAX = 20_000


class HumanReviewConfiguration(Configuration):
    """Whose outputs are judged, by whom, what the reviewer is told, and (as declared inputs) what is shown beside them."""

    reviews: str | None = None
    guidance: Any = None
    assignment: Assignment = Assignment()
    inputs: tuple[Variable, ...] = ()


class HumanReview(Kind[HumanReviewConfiguration]):
    """Waits for a person, who accepts or rejects another task's outputs; they go on as the review's own, corrected or not."""

    name = "human_review"
    title = "Human review"
    help = "A person judges another task's outputs, may correct them, and accepts or rejects."
    config = HumanReviewConfiguration
    errors = ()

    def routes(self, config: HumanReviewConfiguration) -> tuple[str, ...]:  # noqa: ARG002
        """What was decided."""
        return (ACCEPTED, REJECTED)

    def inputs(self, config: HumanReviewConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        """All outputs of the reviewed task as one object, then what is shown beside them."""
        fields = tuple(
            ObjectField(name=variable.name, type=variable.type, required=variable.required)
            for variable in self.outputs(config, outputs_of) or ()
        )
        return (Variable(name=REVIEWED, type=ObjectType(fields=fields or None)), *config.inputs)

    def outputs(self, config: HumanReviewConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...] | None:
        """The outputs of the reviewed task, by the same names and types."""
        return None if config.reviews is None else outputs_of(config.reviews)

    def follows(self, direction: Direction) -> Follows:
        """Its outputs are those of the reviewed task."""
        return "declared" if direction == "input" else "asked"

    def reviews(self, config: HumanReviewConfiguration) -> str | None:
        """The reviewed task."""
        return config.reviews

    def asks(self, config: HumanReviewConfiguration) -> Asks | None:
        """Who may decide, and what they are told."""
        assignment = config.assignment
        return Asks(members=assignment.members, roles=assignment.roles, guidance=config.guidance)

    def renamed(self, config: HumanReviewConfiguration, old: str, new: str) -> HumanReviewConfiguration | None:
        """The same review of the renamed task."""
        return config.model_copy(update={"reviews": new}) if config.reviews == old else None

    def findings(self, config: HumanReviewConfiguration) -> Iterator[Finding]:
        """There must be a task to review and someone who may decide."""
        if config.reviews is None:
            yield Finding("MISSING_CONFIGURATION", "reviews", "the name of a task to review", "nothing")
        if not config.assignment.members and not config.assignment.roles:
            yield Finding("MISSING_CONFIGURATION", "assignment", "members or roles who may decide", "none")
        for role in config.assignment.roles:
            if role not in DECIDING_ROLES:
                expected = f"a role that may decide ({', '.join(DECIDING_ROLES)})"
                yield Finding("ROLE_MISFIT", "assignment.roles", expected, role)
        if isinstance(config.guidance, str) and len(config.guidance) > GUIDANCE_CHARACTERS_MAX:
            expected = f"guidance of at most {GUIDANCE_CHARACTERS_MAX} characters"
            yield Finding("GUIDANCE_TOO_LONG", "guidance", expected, f"{len(config.guidance)}")
        yield from declared_twice("inputs", config.inputs)
        if any(variable.name == REVIEWED for variable in config.inputs):
            yield Finding(
                "RESERVED_NAME", f"inputs.{REVIEWED}", "another name", f"{REVIEWED}, which is the review's own"
            )
