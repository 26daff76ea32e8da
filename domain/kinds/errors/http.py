"""Errors of the kind `http`."""

from __future__ import annotations

from domain.kinds.errors.error import TaskError
from domain.kinds.errors.shared import ADDRESS_REFUSED, CREDENTIAL_ERRORS, STORING_ERRORS

UNLESS_ONCE = "yes, unless *once*"

CREDENTIAL_REJECTED = TaskError(
    "CREDENTIAL_REJECTED",
    "the server of the tokens gave none",
    "test the credential",
    "depends",
    "when it answered 429 or 5xx",
)
HTTP_ERRORS = (
    ADDRESS_REFUSED,
    TaskError(
        "REQUEST_MISFIT",
        "the inputs make no request that can be sent: nothing or dots in a path, line breaks in a header, another URL",
        "check the inputs before",
    ),
    TaskError(
        "CREDENTIAL_MISFIT",
        "the credential may not be shown to this host, its key cannot sign, or no header can carry it",
        "look at the credential",
    ),
    CREDENTIAL_REJECTED,
    TaskError(
        "HTTP_UNREACHABLE",
        "no connection could be opened",
        "is the address right, the service up?",
        "depends",
        "yes, unless *once* and redirected there",
    ),
    TaskError(
        "HTTP_CERTIFICATE",
        "the certificate of the service cannot be trusted",
        "`SSL_CERT_FILE` names further authorities",
    ),
    TaskError(
        "HTTP_TIMEOUT",
        "the answer was not there in time",
        "raise `seconds_max`, or ask for less",
        "depends",
        UNLESS_ONCE,
    ),
    TaskError(
        "HTTP_BROKEN",
        "the connection broke, or what came was no HTTP",
        "ask the owner of the service",
        "depends",
        f"{UNLESS_ONCE}; never what cannot be unpacked",
    ),
    TaskError(
        "HTTP_RATE_LIMITED",
        "429; tried again no sooner than `Retry-After` says",
        "a limit over jobs: `OPUS_LIMITS`",
        "always",
    ),
    TaskError(
        "HTTP_UNAVAILABLE",
        "408, 425, 503; tried again no sooner than `Retry-After` says",
        "look after the service",
        "always",
    ),
    TaskError(
        "HTTP_SERVER_ERROR",
        "another 5xx",
        "`details.body` holds what the service said",
        "depends",
        f"{UNLESS_ONCE}; 501 and 505 never",
    ),
    TaskError("HTTP_DENIED", "401, 403, 407", "look at the credential and its rights"),
    TaskError("HTTP_NOT_FOUND", "404, 410", "accept `404` where it is an answer"),
    TaskError("HTTP_REJECTED", "another 4xx", "`details.body` holds what the service said"),
    TaskError(
        "HTTP_REDIRECTED",
        "a redirect that is not followed: too many, from https to http, a body to another origin, with user and password",
        "use the address it leads to",
    ),
    TaskError("HTTP_UNEXPECTED", "another status that is not accepted", "`accepts`"),
    TaskError(
        "ANSWER_MISFIT",
        "no JSON, not what is declared, or nothing that can be kept; the sentence names the place",
        "look at `paths` and types",
    ),
    TaskError("ANSWER_TOO_LARGE", "more than `answer_bytes_max`", "`read: file` with a higher limit, or ask for less"),
    *CREDENTIAL_ERRORS,
    *STORING_ERRORS,
)
