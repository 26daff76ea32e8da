"""Errors of the kind `code`."""

from __future__ import annotations

from domain.kinds.errors.error import TaskError

CODE_ERRORS = (
    TaskError(
        "CODE_SYNTAX", "it is no Python, or outside the subset; names the line", "mend it; checks find it before"
    ),
    TaskError("CODE_ERROR", "it raised an error; names it and the line", "mend it, or treat the case"),
    TaskError(
        "CODE_OUTPUT_MISSING",
        "it did not assign a required output",
        "assign it on every way through, or declare it optional",
    ),
    TaskError(
        "CODE_OUTPUT_INVALID",
        "an output holds what no value can: a float for a Decimal, NaN, a set",
        "convert it",
    ),
    TaskError(
        "CODE_OUTPUT_TOO_LARGE",
        "an output is over 8 MiB, or it printed over 64 KiB",
        "give less, or a file by another kind",
    ),
    TaskError("CODE_TIMEOUT", "it took longer than allowed", "a longer time limit of the task, or less work"),
    TaskError("CODE_MEMORY", "it needed more memory than allowed", "work in smaller pieces, `for_each`"),
    TaskError("CODE_CRASHED", "its process died", "tell us if it repeats", "always"),
)
