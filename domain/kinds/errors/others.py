"""Errors of the kinds that have few: `decision`, `execute_workflow`, `external`, `wait`."""

from __future__ import annotations

from domain.kinds.errors.error import TaskError

DECISION_ERRORS = (
    TaskError(
        "EXPRESSION_FAILED",
        "the expression has no value for these inputs: a null compared, a key that is missing",
        "say what null means: `total != null && total > 1`",
    ),
)
CHILD_ERRORS = (
    TaskError(
        "CHILD_FAILED", "the child's job failed", "read its own error; `on_error` of this task says what follows"
    ),
    TaskError("DEPTH_EXCEEDED", "workflows run one another deeper than they may", "end the recursion earlier"),
    TaskError("CHILD_CANCELLED", "the child's job was cancelled", "the same"),
    TaskError("CHILD_TIMED_OUT", "the child's job took longer than its time limit", "the same"),
    TaskError(
        "EXPRESSION_FAILED",
        "`until` has no value for what a round gave: a null compared",
        "treat null: `x != null && x > 1`",
    ),
    TaskError(
        "ROUNDS_EXCEEDED",
        "`until` was still false after the last round",
        "more `rounds_max`, or `on_limit: succeed`",
    ),
)
WORKER_ERRORS = (
    TaskError(
        "WORKER_LOST",
        "three workers that had taken it were silent for longer than the lease",
        "look at the workers' logs for this `attemptId`; a longer lease if they only were slow",
    ),
)
WAIT_ERRORS = (TaskError("WAIT_MISFIT", "the input gave no time", "give the input a default, or a required type"),)
