"""Why a model gave no answer, with stable codes, sentences that say what to do, and whether trying again may help."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from runner.actions.answer_limits import causes, too_large_in
from runner.actions.contract import Failed

ADDRESS_REFUSED = "ADDRESS_REFUSED"
ANSWER_CUT = "ANSWER_CUT"
ANSWER_MISFIT = "ANSWER_MISFIT"
ANSWER_UNREADABLE = "ANSWER_UNREADABLE"
FILE_REFUSED = "FILE_REFUSED"
MODEL_BUSY = "MODEL_BUSY"
MODEL_DENIED = "MODEL_DENIED"
MODEL_DOWN = "MODEL_DOWN"
MODEL_QUOTA = "MODEL_QUOTA"
MODEL_REFUSED = "MODEL_REFUSED"
MODEL_TIMEOUT = "MODEL_TIMEOUT"
MODEL_UNKNOWN = "MODEL_UNKNOWN"
MODEL_UNREACHABLE = "MODEL_UNREACHABLE"
PROMPT_TOO_LARGE = "PROMPT_TOO_LARGE"
REQUEST_REFUSED = "REQUEST_REFUSED"

SAID_CHARACTERS_MAX = 500
AGAIN_STATUSES = frozenset({408, 409, 425, 429, *range(500, 600)})
"""Statuses after which the same request may be answered."""


class _Row(NamedTuple):
    """What errors of these names, or of classes under them, come to."""

    errors: frozenset[str]
    code: str
    sentence: str
    retryable: bool = False


_LIBRARY_ERRORS = frozenset({"AgentRunError", "UserError"})
_TROUBLE = _Row(
    frozenset({"ModelUnavailableError", "ModelServerError"}),
    MODEL_DOWN,
    "Expected the provider to answer, but it has trouble: {said}",
    retryable=True,
)
_REJECTED = _Row(
    frozenset({"ModelRequestRejectedError", "ModelHTTPError", "UserError"}),
    REQUEST_REFUSED,
    "Expected a request that the provider accepts, but it says: {said}",
)
_OTHERWISE = _Row(
    frozenset(),
    ANSWER_UNREADABLE,
    "Expected an answer as the provider's protocol has it, but got another: {said}",
    retryable=True,
)
# By name, so that the library is not imported to tell its errors. The narrower ones stand first.
_KNOWN = (
    _Row(
        frozenset({"ModelQuotaExceededError"}),
        MODEL_QUOTA,
        "Expected an account with a quota left, but the provider says: {said}",
    ),
    _Row(
        frozenset({"ModelRateLimitError"}),
        MODEL_BUSY,
        "Expected the provider to take the request, but it takes no more for now: {said}",
        retryable=True,
    ),
    _Row(
        frozenset({"ModelTimeoutError", "ModelRequestTimeout"}),
        MODEL_TIMEOUT,
        "Expected {model} to answer in time, but it did not.",
        retryable=True,
    ),
    _Row(
        frozenset({"ModelConnectionError"}),
        MODEL_UNREACHABLE,
        "Expected to reach the provider and read its answer, but the connection failed: {said}",
        retryable=True,
    ),
    _TROUBLE,
    _Row(
        frozenset({"ModelAuthenticationError"}),
        MODEL_DENIED,
        "Expected a credential that the provider accepts, but it says: {said}",
    ),
    _Row(
        frozenset({"ModelNotFoundError"}),
        MODEL_UNKNOWN,
        "Expected a model that the provider has, but of {model} it says: {said}",
    ),
    _Row(
        frozenset({"ModelContextWindowExceededError"}),
        PROMPT_TOO_LARGE,
        "Expected a prompt that {model} can take, but it is too long: {said}",
    ),
    _Row(
        frozenset({"ContentFilterError"}),
        MODEL_REFUSED,
        "Expected {model} to answer, but it declined: {said}",
    ),
    _REJECTED,
)


def failure_of(error: Exception, model: str, secrets: Iterable[str]) -> Failed | None:
    """The failure that an error of a provider's library is; None for what is none of its errors."""
    for refused in causes(error):
        if getattr(refused, "code", None) == ADDRESS_REFUSED:
            return Failed(ADDRESS_REFUSED, str(refused))
    if (too_large := too_large_in(error)) is not None:
        return Failed(ANSWER_CUT, str(too_large))
    names = {known.__name__ for known in type(error).__mro__}
    if names.isdisjoint(_LIBRARY_ERRORS):
        return None
    said = _said(error, secrets)
    row = next((row for row in _KNOWN if not names.isdisjoint(row.errors)), _OTHERWISE)
    if row is _REJECTED and getattr(error, "status_code", 0) in AGAIN_STATUSES:
        row = _TROUBLE
    after = getattr(error, "retry_after", None) if row.retryable else None
    message = row.sentence.format(model=model, said=said)
    return Failed(row.code, message, retryable=row.retryable, retry_after_seconds=after)


def refused_by_model(model: str, said: str | None) -> Failed:
    """The model declined to answer, or its provider did for it."""
    told = f": {said[:SAID_CHARACTERS_MAX]}" if said else "."
    return Failed(MODEL_REFUSED, f"Expected {model} to answer, but it declined{told}")


def out_of_time(seconds: float) -> Failed:
    """The time of the task was up before there was an answer."""
    return Failed(MODEL_TIMEOUT, f"Expected an answer within {seconds:.0f} s, but there was none.", retryable=True)


def _said(error: Exception, secrets: Iterable[str]) -> str:
    """What the provider said, short, and without what must not be shown."""
    text = _message_in(getattr(error, "body", None)) or str(error) or type(error).__name__
    for secret in secrets:
        text = text.replace(secret, "…")
    text = " ".join(text.replace("\0", " ").split())
    return text if len(text) <= SAID_CHARACTERS_MAX else text[:SAID_CHARACTERS_MAX] + "…"


def _message_in(body: Any) -> str | None:
    if isinstance(body, dict):
        inner = body.get("error", body)
        found = inner.get("message") if isinstance(inner, dict) else inner
        return found if isinstance(found, str) and found.strip() else None
    return None
