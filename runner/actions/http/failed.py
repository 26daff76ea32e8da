"""How a request can fail: a stable code, a sentence, and whether trying again may help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.actions.contract import Failed
from runner.retry_after import retry_after

EXCERPT_BYTES_MAX = 4 * 1024

ANSWER_MISFIT = "ANSWER_MISFIT"
ANSWER_TOO_LARGE = "ANSWER_TOO_LARGE"
CREDENTIAL_MISFIT = "CREDENTIAL_MISFIT"
CREDENTIAL_REJECTED = "CREDENTIAL_REJECTED"
HTTP_BROKEN = "HTTP_BROKEN"
HTTP_CERTIFICATE = "HTTP_CERTIFICATE"
HTTP_DENIED = "HTTP_DENIED"
HTTP_NOT_FOUND = "HTTP_NOT_FOUND"
HTTP_RATE_LIMITED = "HTTP_RATE_LIMITED"
HTTP_REDIRECTED = "HTTP_REDIRECTED"
HTTP_REJECTED = "HTTP_REJECTED"
HTTP_SERVER_ERROR = "HTTP_SERVER_ERROR"
HTTP_TIMEOUT = "HTTP_TIMEOUT"
HTTP_UNAVAILABLE = "HTTP_UNAVAILABLE"
HTTP_UNEXPECTED = "HTTP_UNEXPECTED"
HTTP_UNREACHABLE = "HTTP_UNREACHABLE"
REQUEST_MISFIT = "REQUEST_MISFIT"

_REFUSED_UNDONE = frozenset({408, 425, 429, 503})
"""By these a service says that it did nothing, and may later."""
_OF_GATEWAYS = frozenset({502, 504})
"""By these something in between says that it does not know what the service did."""


class RequestFailed(Exception):
    """The request failed so; nothing more is to be done for the run."""

    def __init__(self, failed: Failed) -> None:
        self.failed = failed
        super().__init__(f"{failed.code}: {failed.message}")


class EffectUnknown(Exception):
    """A request that must not be made twice was sent, and nobody can say what became of it."""


def misfit(code: str, expected: str, found: str, details: Any = None) -> RequestFailed:
    """It cannot be done so, however often it is tried."""
    return RequestFailed(Failed(code, f"Expected {expected}, but {found}.", details=details))


def of_status(
    status: int, shown: str, accepts: tuple[str, ...], headers: Mapping[str, str], excerpt: str, *, once: bool
) -> Failed:
    """What an answer with this status is, when it is none that the task accepts; raises EffectUnknown."""
    if once and status in _OF_GATEWAYS:
        raise EffectUnknown(f"{status}")
    code, retryable = _class_of(status, once=once)
    return Failed(
        code,
        f"Expected an answer of status {' or '.join(accepts)} from {shown}, but got {status}.",
        retryable=retryable,
        details={"status": status, "body": excerpt} if excerpt else {"status": status},
        retry_after_seconds=retry_after(headers.get("retry-after")) if retryable else None,
    )


def is_accepted(status: int, accepts: tuple[str, ...]) -> bool:
    """Whether a status is among those that are no failure."""
    return str(status) in accepts or f"{status // 100}xx" in accepts


def _class_of(status: int, *, once: bool) -> tuple[str, bool]:
    match status:
        case 401 | 403 | 407:
            return HTTP_DENIED, False
        case 404 | 410:
            return HTTP_NOT_FOUND, False
        case 429:
            return HTTP_RATE_LIMITED, True
        case 408 | 425 | 503:
            return HTTP_UNAVAILABLE, status in _REFUSED_UNDONE
        case _ if status >= 500:
            return HTTP_SERVER_ERROR, not once and status not in (501, 505)
        case _ if status >= 400:
            return HTTP_REJECTED, False
        case _ if status >= 300:
            return HTTP_REDIRECTED, False
        case _:
            return HTTP_UNEXPECTED, False
