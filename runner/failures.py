"""Why a run failed though its action gave no failure of its own: stable codes, and sentences without values or secrets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from domain.jobs.reports import TIME_LIMIT_EXCEEDED
from domain.kinds import KINDS
from domain.refusals import Detail
from runner.actions.contract import Failed

ACTION_ERROR = "ACTION_ERROR"
INPUT_MISFIT = "INPUT_MISFIT"
KIND_UNKNOWN = "KIND_UNKNOWN"
OUTCOME_UNRECORDABLE = "OUTCOME_UNRECORDABLE"
OUTPUT_MISFIT = "OUTPUT_MISFIT"
SECRET_IN_OUTCOME = "SECRET_IN_OUTCOME"  # noqa: S105 - a code
STORE_AWAY = "BLOB_STORE_UNAVAILABLE"
VALUE_UNREADABLE = "VALUE_UNREADABLE"

DETAILS_SHOWN_MAX = 20


def action_error(error: BaseException) -> Failed:
    """An action broke. What it said may hold values, so only its kind is told; the log of the runner says where."""
    return Failed(ACTION_ERROR, f"Expected the action to end by itself, but it raised {type(error).__name__}.")


def as_declared(kind: str, failed: Failed) -> Failed:
    """The failure of an action, tried again as its kind declares; a code that its kind does not declare is a bug, and told as one."""
    declared = KINDS[kind].errors if kind in KINDS else None
    if declared is None:
        return failed
    error = next((each for each in declared if each.code == failed.code), None)
    if error is None:
        message = f"Expected the action to fail with a code that its kind declares, but it gave {failed.code}: {failed.message}"
        return replace(failed, code=ACTION_ERROR, message=message, retryable=False)
    return replace(failed, retryable=error.retryable(failed.retryable))


def kind_unknown(kind: str) -> Failed:
    """Nothing here performs tasks of this kind."""
    return Failed(KIND_UNKNOWN, f"Expected a kind of task that this runner performs, but it is {kind}.")


def time_limit_exceeded(seconds: float) -> Failed:
    """An action took longer than a task without a time limit of its own may take."""
    message = f"Expected the task to end within {seconds:g} s, but it did not."
    return Failed(TIME_LIMIT_EXCEEDED, message, retryable=True)


def value_unreadable(reason: str) -> Failed:
    """A value that the run needs is kept in the blob store, but cannot be read as it was stored."""
    return Failed(VALUE_UNREADABLE, f"Expected to read the inputs of the task, but {reason}")


def secret_in_outcome(where: str) -> Failed:
    """What the run gave holds a secret that it was given, and the record never does."""
    message = (
        f"Expected {where} without the secrets of the credentials that the task uses, but it holds one; "
        "have the task leave it out, or map what it gives to the parts that are needed."
    )
    return Failed(SECRET_IN_OUTCOME, message)


def store_away() -> Failed:
    """The blob store did not answer while the action read or stored files."""
    return Failed(STORE_AWAY, "Expected the blob store to answer, but it does not; try again.", retryable=True)


def outcome_unrecordable(error: BaseException) -> Failed:
    """The log cannot take the outcome, which is a bug here; the run must end all the same."""
    return Failed(
        OUTCOME_UNRECORDABLE, f"Expected an outcome that can be recorded, but it led to {type(error).__name__}."
    )


def misfit(code: str, what: str, details: Sequence[Detail]) -> Failed:
    """Inputs or outputs are not what the task declares."""
    places = ", ".join(detail.path for detail in details[:DETAILS_SHOWN_MAX])
    shown = [
        {"path": detail.path, "expected": detail.expected, "found": detail.found}
        for detail in details[:DETAILS_SHOWN_MAX]
    ]
    return Failed(code, f"Expected {what} that fit their declared types, but these do not: {places}.", details=shown)
