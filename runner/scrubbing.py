"""An outcome as it may be recorded: without the secrets that its run was given."""

from __future__ import annotations

from dataclasses import replace

from runner.actions.contract import Failed, Outcome, Succeeded
from runner.failures import secret_in_outcome
from runner.secrecy import RunSecrets


def scrubbed(outcome: Outcome, secrets: RunSecrets) -> Outcome:
    """The outcome; where what it gives holds a secret the failure that says so, where it is a failure one that has it blanked."""
    if not secrets:
        return outcome
    match outcome:
        case Succeeded():
            for what, value in (("what the task gives", dict(outcome.outputs)), ("its evidence", outcome.evidence)):
                if secrets.is_in(value):
                    evidence = secrets.blanked_value(outcome.evidence)
                    return replace(secret_in_outcome(what), evidence=evidence, usage=outcome.usage)
        case Failed():
            message, details = secrets.blanked(outcome.message), secrets.blanked_value(outcome.details)
            evidence = secrets.blanked_value(outcome.evidence)
            return replace(outcome, message=message, details=details, evidence=evidence)
        case _:
            pass
    return outcome
