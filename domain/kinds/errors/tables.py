"""Errors of the kinds that move tables: `import_data` and `export_data`."""

from __future__ import annotations

from domain.kinds.errors.error import TaskError
from domain.kinds.errors.http import CREDENTIAL_REJECTED
from domain.kinds.errors.shared import ADDRESS_REFUSED, CREDENTIAL_ERRORS, STORING_ERRORS

_BOTH = (
    TaskError(
        "SQL_REFUSED",
        "the statement is more than one, does not read, or writes into a file of the server",
        "one statement",
    ),
    TaskError(
        "SQL_FAILED",
        "the database said no; the message is its own",
        "mend the statement",
        "depends",
        "after deadlocks, lost connections and want of resources",
    ),
    TaskError(
        "DATABASE_UNREACHABLE",
        "the database does not answer there",
        "look after the service",
        "depends",
        "yes; a SQLite file that cannot be opened never",
    ),
    TaskError("URL_MISFIT", "with these inputs it is no URL of http or https", "check the inputs before"),
    TaskError(
        "HTTP_STATUS",
        "the service answered with a failure",
        "what the status says",
        "depends",
        "after 408, 425, 429 and 503, no sooner than `Retry-After` says; after 500, 502 and 504 unless *once*",
    ),
    TaskError(
        "HTTP_UNREACHABLE", "the server of the tokens of the credential does not answer", "look after it", "always"
    ),
    CREDENTIAL_REJECTED,
    ADDRESS_REFUSED,
    TaskError("PATH_REFUSED", "a SQLite database outside of `OPUS_SQLITE_FOLDER`", "by the platform owner"),
    TaskError(
        "CREDENTIAL_MISFIT", "a credential of another kind, or one that may not be sent there", "another credential"
    ),
    TaskError("OBJECT_MISFIT", "an input makes no name of an object, or one that leads elsewhere", "check the input"),
    TaskError(
        "TABLE_CRASHED",
        "the process that reads or writes it ended: the file may be hostile, or need more than 2 GiB",
        "a smaller file",
        "always",
    ),
    *CREDENTIAL_ERRORS,
    *STORING_ERRORS,
)
IMPORT_ERRORS = (
    TaskError(
        "ROWS_INVALID",
        "some rows are not as declared; the first is in the message, 20 in the details",
        "mend the file or the columns, or `skip_and_report`",
    ),
    TaskError("TOO_MANY_ROWS", "more than a list may hold, and `rows_as` is `list`", "`rows_as: table`"),
    TaskError(
        "COLUMN_MISSING",
        "a required column is not there; the details say which are",
        "its `source`, or `required: false`",
    ),
    TaskError("FILE_EMPTY", "no table is there", "look into the file"),
    TaskError("SHEET_MISSING", "no such sheet is there", "look into the file"),
    TaskError("FILE_BROKEN", "it is no file of its format", "save it again"),
    TaskError("FILE_ENCRYPTED", "it asks for a password", "save it again without"),
    TaskError("CSV_INVALID", "it cannot be read as CSV", "`format`, `quote`"),
    TaskError("JSON_INVALID", "it cannot be read as JSON, or holds no rows there", "`format`, `rows_at`"),
    TaskError("TEXT_INVALID", "it cannot be read as text", "`format`"),
    TaskError("ENCODING_INVALID", "it is not in the encoding that it is said to be in", "`encoding`"),
    TaskError("TOO_LARGE", "it is over a limit below", "NDJSON or CSV instead of JSON and Excel"),
    TaskError(
        "URL_UNREACHABLE",
        "the service does not answer there, or not whole",
        "look after the service",
        "depends",
        "yes, unless it redirects again and again",
    ),
    TaskError("ROW_TOO_LARGE", "a row is over a limit below", "smaller rows"),
    *_BOTH,
)
EXPORT_ERRORS = (
    TaskError("EXPORT_TOO_LARGE", "the file is over a limit below", "several exports"),
    TaskError("TOO_LARGE", "a sheet, a row or a cell is over a limit below", "several exports"),
    TaskError(
        "COLUMN_UNEXPECTED",
        "a later row has a column that the first 10,000 have not",
        "`columns`, or declared fields",
    ),
    TaskError("TABLE_INVALID", "the file given as a table is none", "a table of `import_data`"),
    TaskError("ENCODING_MISFIT", "a character that the encoding has not", "`utf-8`"),
    TaskError("FILE_BROKEN", "the rows fit no Parquet file", "declare their types"),
    TaskError("URL_UNREACHABLE", "the service does not answer there, or not whole", "look after the service", "always"),
    *_BOTH,
)
