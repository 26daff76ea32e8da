"""Errors of the kind `tool`."""

from __future__ import annotations

from domain.kinds.errors.error import TaskError
from domain.kinds.errors.shared import ADDRESS_REFUSED, CREDENTIAL_ERRORS, STORING_ERRORS

TOOL_ERRORS = (
    TaskError("TOOL_FAILED", "the tool says it failed, and why", "by what it says"),
    TaskError("TOOL_REFUSED", "the server did not take the call: no such tool, wrong arguments", "correct the task"),
    TaskError(
        "TOOL_LOST",
        "the session broke off before the call, or during one that is repeatable; else the outcome is unknown",
        "retries",
        "always",
    ),
    TaskError(
        "TOOL_TIMEOUT",
        "the time was up before the call, or during one that is repeatable; else the outcome is unknown",
        "a longer time limit",
        "always",
    ),
    TaskError("SERVER_UNREACHABLE", "no session came about; nothing was called", "look at the server", "always"),
    TaskError("SERVER_DENIED", "the server does not accept the credential", "set new secrets"),
    TaskError("SERVER_UNKNOWN", "the program is not on the owner's list", "list it, or correct the name"),
    TaskError(
        "RESULT_MISFIT", "the result lacks a declared output, or cannot be kept", "correct `outputs` and `results`"
    ),
    TaskError("RESULT_TOO_LARGE", "more than 32 MiB", "ask for less"),
    TaskError("FILE_REFUSED", "a file is too large for an argument", "give the tool a link"),
    TaskError("CREDENTIAL_MISFIT", "the credential is of another kind", "correct it"),
    ADDRESS_REFUSED,
    *CREDENTIAL_ERRORS,
    *STORING_ERRORS,
)
