"""The kind `external`: performed by the user's own workers, which take tasks from a queue and report back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import StrictBool, StrictFloat, StrictInt

from domain.graph import Repetition
from domain.kinds.contract import Configuration, Finding, Kind, OutputsOf
from domain.kinds.declared import declared_twice
from domain.kinds.errors.others import WORKER_ERRORS
from domain.variables import Variable

QUEUE_PATTERN = r"[a-z0-9][a-z0-9._-]{0,62}"
LEASE_SECONDS_USUAL = 60.0
LEASE_SECONDS_MIN, LEASE_SECONDS_MAX = 5.0, 24 * 60 * 60.0


class ExternalConfiguration(Configuration):
    """The queue that workers take the task from, what it is given and gives, and how long a worker may be silent.

    `lease_seconds`: a worker that neither reports nor keeps the task for so long is taken for lost. `once`: what it does must not happen
    twice, so after a lost worker a person looks; without it, another worker is given the task.
    """

    queue: str = ""
    inputs: tuple[Variable, ...] = ()
    outputs: tuple[Variable, ...] = ()
    lease_seconds: StrictFloat | StrictInt = LEASE_SECONDS_USUAL
    once: StrictBool = False


class External(Kind[ExternalConfiguration]):
    """Waits in a queue until a worker of the user's takes it, and goes on with what that reports."""

    name = "external"
    title = "External worker"
    help = "Is performed by your own workers, in any language: they take it from a queue, keep it while they work, and report."
    by_workers = True
    config = ExternalConfiguration
    errors = WORKER_ERRORS

    def inputs(self, config: ExternalConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The declared inputs."""
        return config.inputs

    def outputs(self, config: ExternalConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The declared outputs."""
        return config.outputs

    def repetition_of(self, config: ExternalConfiguration) -> Repetition:
        """As the builder says: only they know what their workers do."""
        return "once" if config.once else "repeatable"

    def has_effect(self, config: ExternalConfiguration) -> bool:
        """What must not happen twice is not tried in a preview either, unless asked for."""
        return config.once

    def findings(self, config: ExternalConfiguration) -> Iterator[Finding]:
        """There must be a queue that workers can name, and a lease that they can keep."""
        if not config.queue:
            yield Finding(
                "MISSING_CONFIGURATION", "queue", "the name of a queue that workers take tasks from", "nothing"
            )
        elif not is_queue(config.queue):
            expected = "at most 63 lower-case letters, digits, dots, underscores and hyphens, a letter or digit first"
            yield Finding("QUEUE_MISFIT", "queue", expected, "another name")
        if not LEASE_SECONDS_MIN <= config.lease_seconds <= LEASE_SECONDS_MAX:
            expected = f"between {LEASE_SECONDS_MIN:g} and {LEASE_SECONDS_MAX:g} seconds"
            yield Finding("LEASE_MISFIT", "lease_seconds", expected, f"{config.lease_seconds:g}")
        yield from declared_twice("inputs", config.inputs)
        yield from declared_twice("outputs", config.outputs)


def is_queue(name: str) -> bool:
    """Whether a text can be the name of a queue."""
    return re.fullmatch(QUEUE_PATTERN, name) is not None
