"""The kind `agentic_review`: a language model checks another task's outputs against criteria."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from domain.events import Recorded
from domain.kinds import prompts
from domain.kinds.asking_models import AskingConfiguration, asking_findings
from domain.kinds.contract import Finding, Kind, OutputsOf
from domain.kinds.declared import declared_twice
from domain.kinds.errors.models import MODEL_ERRORS
from domain.kinds.human_review import ACCEPTED, REJECTED, REVIEWED
from domain.types import ListType, ObjectField, ObjectType, TextType
from domain.variables import Direction, Name, Variable

CRITERIA_MAX = 50
CRITERION_CHARACTERS_MAX = 5_000
VERDICT, FINDINGS = "verdict", "findings"

FINDING_TYPE = ObjectType(
    fields=(
        ObjectField(name="criterion", type=TextType()),
        ObjectField(name="place", type=TextType(), required=False),
        ObjectField(name="message", type=TextType()),
    )
)
"""One thing that does not meet a criterion: which, where in the outputs, and what is wrong there."""
_OWN = (
    Variable(name=VERDICT, type=TextType(choices=(ACCEPTED, REJECTED))),
    Variable(name=FINDINGS, type=ListType(items=FINDING_TYPE)),
)


class Criterion(Recorded):
    """Something that the reviewed outputs must meet."""

    name: Name
    text: str


class AgenticReviewConfiguration(AskingConfiguration):
    """Whose outputs are judged, by which criteria, and (as declared inputs) what the model is shown beside them."""

    reviews: str | None = None
    criteria: Annotated[tuple[Criterion, ...], Field(max_length=CRITERIA_MAX)] = ()
    guidance: str | None = None
    inputs: tuple[Variable, ...] = ()


class AgenticReview(Kind[AgenticReviewConfiguration]):
    """Has a model accept or reject another task's outputs; they go on as the review's own, with its verdict and findings."""

    name = "agentic_review"
    title = "Agentic review"
    help = (
        "A language model checks another task's outputs against criteria, says what it found, and accepts or rejects."
    )
    heavy = True
    config = AgenticReviewConfiguration
    errors = MODEL_ERRORS

    def routes(self, config: AgenticReviewConfiguration) -> tuple[str, ...]:  # noqa: ARG002
        """The verdict."""
        return (ACCEPTED, REJECTED)

    def inputs(self, config: AgenticReviewConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        """All outputs of the reviewed task as one object, then what is shown beside them."""
        fields = tuple(
            ObjectField(name=variable.name, type=variable.type, required=variable.required)
            for variable in self._reviewed(config, outputs_of) or ()
        )
        return (Variable(name=REVIEWED, type=ObjectType(fields=fields or None)), *config.inputs)

    def outputs(self, config: AgenticReviewConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...] | None:
        """The outputs of the reviewed task, by the same names and types, then the verdict and the findings."""
        reviewed = self._reviewed(config, outputs_of)
        if reviewed is None:
            return None
        # Those of a review that is reviewed in turn are its own: the last verdict is what goes on.
        return (*(variable for variable in reviewed if variable.name not in (VERDICT, FINDINGS)), *_OWN)

    def reviews(self, config: AgenticReviewConfiguration) -> str | None:
        """The reviewed task."""
        return config.reviews

    def renamed(self, config: AgenticReviewConfiguration, old: str, new: str) -> AgenticReviewConfiguration | None:
        """The same review of the renamed task."""
        return config.model_copy(update={"reviews": new}) if config.reviews == old else None

    def renamed_variable(
        self, config: AgenticReviewConfiguration, direction: Direction, old: str, new: str
    ) -> AgenticReviewConfiguration | None:
        """The guidance with the input under its new name."""
        renamed = super().renamed_variable(config, direction, old, new)
        if renamed is None:
            return None
        return renamed.model_copy(update={"guidance": prompts.renamed(config.guidance, old, new)})

    def findings(self, config: AgenticReviewConfiguration) -> Iterator[Finding]:
        """There must be a model to ask, a task to review, and criteria."""
        yield from asking_findings(config)
        if config.reviews is None:
            yield Finding("MISSING_CONFIGURATION", "reviews", "the name of a task to review", "nothing")
        if not config.criteria:
            yield Finding("MISSING_CONFIGURATION", "criteria", "at least one criterion", "none")
        names = [criterion.name for criterion in config.criteria]
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            yield Finding("DECLARED_TWICE", f"criteria.{name}", "each name once", f"it {names.count(name)} times")
        for criterion in config.criteria:
            place = f"criteria.{criterion.name}.text"
            if not criterion.text.strip():
                yield Finding("MISSING_CONFIGURATION", place, "what is to be met", "nothing")
            elif len(criterion.text) > CRITERION_CHARACTERS_MAX:
                expected = f"a criterion of at most {CRITERION_CHARACTERS_MAX} characters"
                yield Finding("PROMPT_TOO_LONG", place, expected, f"{len(criterion.text)}")
        yield from prompts.findings("guidance", config.guidance, config.inputs)
        yield from declared_twice("inputs", config.inputs)
        if any(variable.name == REVIEWED for variable in config.inputs):
            yield Finding(
                "RESERVED_NAME", f"inputs.{REVIEWED}", "another name", f"{REVIEWED}, which is the review's own"
            )

    @staticmethod
    def _reviewed(config: AgenticReviewConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...] | None:
        return None if config.reviews is None else outputs_of(config.reviews)
