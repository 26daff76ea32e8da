"""Errors that are not of one kind: of every task, of those that open a credential, of those that store a file."""

from __future__ import annotations

from domain.kinds.errors.error import TaskError

EVERY_KIND_ERRORS = (
    TaskError("INPUT_MISFIT", "an input does not fit its declared type", "correct the task that gave it"),
    TaskError("OUTPUT_MISFIT", "what the task gave does not fit its declared outputs", "correct the declaration"),
    TaskError(
        "TIME_LIMIT_EXCEEDED",
        "the task did not end within its time limit",
        "a longer limit, or less work",
        "depends",
        "unless it waited for a person, a message or another job",
    ),
    TaskError(
        "OUTCOME_UNKNOWN",
        "what must not happen twice had begun when its runner, its worker or its connection was lost",
        "look outside, then retry, correct or give up the task",
    ),
    TaskError("RUNNER_LOST", "three runners that performed it were lost", "look at the logs of the runners"),
    TaskError(
        "SECRET_IN_OUTCOME",
        "what it gave holds a secret of a credential that it opened",
        "have it leave that out, or take only the parts that are needed",
    ),
    TaskError(
        "BLOB_STORE_UNAVAILABLE", "the store of files and large values does not answer", "look after it", "always"
    ),
    TaskError(
        "VALUE_UNREADABLE", "a stored value or file is missing, or was changed", "bring the blob store back whole"
    ),
    TaskError("ACTION_ERROR", "the action broke: a bug here, of which the log of the runner says where", "tell us"),
    TaskError("OUTCOME_UNRECORDABLE", "the log cannot take the outcome: a bug here", "tell us"),
    TaskError("ROUTE_UNDECLARED", "it took a route that its kind has not: a bug here", "tell us"),
    TaskError("KIND_UNKNOWN", "the runner knows no such kind", "run the same release everywhere"),
    TaskError("NO_LIST", "a for-each was given no list", "correct the task that gave it"),
    TaskError("ITEMS_TOO_MANY", "a for-each was given more items than one task may have", "split the list"),
    TaskError("SAMPLE_UNKNOWN", "of a preview: no sample can be made up for an output", "pin it, or give it a sample"),
    TaskError("CREDENTIAL_TEST_FAILED", "of a preview: a credential is not accepted", "set its secrets anew"),
)
"""Whatever the kind of a task: the engine and the runner fail it so."""

CREDENTIAL_ERRORS = (
    TaskError("CREDENTIAL_UNKNOWN", "the workspace has no credential of this name", "create it, or name another"),
    TaskError("CREDENTIAL_REMOVED", "the credential was removed", "create it again, or name another"),
    TaskError("CREDENTIAL_KIND_MISFIT", "the credential is of a kind that the task cannot use", "name another"),
    TaskError("CREDENTIAL_NOT_NAMED", "the task asked for a credential that it does not name: a bug here", "tell us"),
    TaskError("CREDENTIAL_UNREADABLE", "the secrets of the credential cannot be opened", "bring back `secrets.keys`"),
)
"""Of kinds whose tasks open a credential."""

STORING_ERRORS = (
    TaskError("FILE_TOO_LARGE", "a file that it stores is larger than one may be", "`OPUS_FILE_BYTES_MAX`, or less"),
    TaskError("WORKSPACE_FULL", "the workspace holds as many bytes as it may", "`OPUS_WORKSPACE_BYTES_MAX`, or less"),
)
"""Of kinds whose tasks store files."""

ADDRESS_REFUSED = TaskError(
    "ADDRESS_REFUSED",
    "an address that it leads to is a private or local one",
    "ask the platform owner to allow it with `OPUS_PRIVATE_NETWORKS`",
)
