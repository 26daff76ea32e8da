"""The kind `ai`: a language model is asked, and held to the declared outputs."""

from __future__ import annotations

from collections.abc import Iterator

from domain.kinds import prompts
from domain.kinds.asking_models import AskingConfiguration, asking_findings, no_files
from domain.kinds.contract import Finding, Kind, OutputsOf
from domain.kinds.declared import declared_twice
from domain.kinds.errors.models import MODEL_ERRORS
from domain.variables import Direction, Variable


class AiConfiguration(AskingConfiguration):
    """What the model is told, and what it is to give.

    In `prompt` and `system`, `{{name}}` stands for what an input holds; inputs that neither names follow the prompt, each under its name. Files are
    given to the model as they are.
    """

    system: str | None = None
    prompt: str = ""
    inputs: tuple[Variable, ...] = ()
    outputs: tuple[Variable, ...] = ()


class Ai(Kind[AiConfiguration]):
    """Asks a language model."""

    name = "ai"
    title = "AI"
    help = "Asks a language model, with instructions and inputs; its answer is held to the declared outputs."
    heavy = True
    config = AiConfiguration
    errors = MODEL_ERRORS

    def inputs(self, config: AiConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The declared inputs."""
        return config.inputs

    def outputs(self, config: AiConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The declared outputs."""
        return config.outputs

    def renamed_variable(
        self, config: AiConfiguration, direction: Direction, old: str, new: str
    ) -> AiConfiguration | None:
        """The prompts with the input under its new name."""
        renamed = super().renamed_variable(config, direction, old, new)
        if renamed is None or direction == "output":
            return renamed
        told = {"prompt": prompts.renamed(config.prompt, old, new), "system": prompts.renamed(config.system, old, new)}
        return renamed.model_copy(update=told)

    def findings(self, config: AiConfiguration) -> Iterator[Finding]:
        """There must be a model to ask, a prompt, and outputs that a model can give."""
        yield from asking_findings(config)
        if not config.prompt.strip():
            yield Finding("MISSING_CONFIGURATION", "prompt", "what the model is asked", "nothing")
        if not config.outputs:
            yield Finding("MISSING_CONFIGURATION", "outputs", "at least one declared output", "none")
        yield from declared_twice("inputs", config.inputs)
        yield from declared_twice("outputs", config.outputs)
        yield from prompts.findings("prompt", config.prompt, config.inputs)
        yield from prompts.findings("system", config.system, config.inputs)
        for variable in config.outputs:
            yield from no_files("outputs", variable.name, variable.type)
