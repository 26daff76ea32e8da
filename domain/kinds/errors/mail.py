"""Errors of the kind `send_email`."""

from __future__ import annotations

from domain.kinds.errors.error import TaskError
from domain.kinds.errors.shared import ADDRESS_REFUSED, CREDENTIAL_ERRORS

FOR_NOW = "when the server says that it is for now (4xx)"

MAIL_ERRORS = (
    TaskError(
        "ADDRESS_MISFIT",
        "a value is not exactly one address: several, a line break, none",
        "mend the input; give several as a list",
    ),
    ADDRESS_REFUSED,
    TaskError(
        "CREDENTIAL_MISFIT",
        "a password would go over the network in the open, or the certificate cannot be read",
        "mend the credential",
    ),
    TaskError(
        "MAIL_LOGIN_REFUSED",
        "the server refuses user name and password",
        "set the secrets of the credential anew",
        "depends",
        FOR_NOW,
    ),
    TaskError(
        "MAIL_RECIPIENTS_REFUSED",
        "the server refuses recipients; `details.refused` has each with code and message",
        "mend the addresses",
        "depends",
        "when every refusal is for now (4xx)",
    ),
    TaskError("MAIL_REFUSED", "the server refuses the mail itself", "read what it said", "depends", FOR_NOW),
    TaskError(
        "MAIL_SENDER_REFUSED",
        "the server does not let this sender send",
        "another sender or credential",
        "depends",
        FOR_NOW,
    ),
    TaskError(
        "MAIL_SERVER_UNREACHABLE",
        "the server does not answer, not in time, or takes no part",
        "nothing, or mend the host of the credential",
        "depends",
        "yes, unless the server says that it is for good (5xx)",
    ),
    TaskError(
        "MAIL_TLS_FAILED",
        "its certificate cannot be trusted, or it offers no STARTTLS",
        "give the certificate of its authority in the credential",
    ),
    TaskError(
        "MAIL_TOO_LARGE",
        "attachments, a text or the number of recipients is over a limit, ours or the server's",
        "fewer or smaller",
    ),
    TaskError(
        "RECIPIENTS_MISSING",
        "with these inputs nobody is left to send it to",
        "give a recipient, or decide before",
    ),
    TaskError("SUBJECT_MISFIT", "with these inputs nothing is left of the subject", "give the subject a fixed part"),
    *CREDENTIAL_ERRORS,
)
