"""What a client is told when a field fails: our refusals as they are, our bugs masked under the request's id."""

from __future__ import annotations

import logging
from typing import Any

from graphql import GraphQLError

from domain.refusals import Detail, Refusal
from event_store.units import StoreUnavailable
from graphql_api.refusals import RETRYABLE, not_reached

INTERNAL_ERROR = "INTERNAL_ERROR"
OPERATION_INVALID = "OPERATION_INVALID"
SECRETS_SENTENCE = "Expected an operation that fits the schema, but this one does not; since it may hold secrets, what is wrong is not repeated."
_TAKING_SECRETS = ("createCredential", "setCredentialSecret")
logger = logging.getLogger("opus.graphql_api")


def told(error: GraphQLError, request_id: str, query: str | None = None) -> GraphQLError:
    """The error as the client sees it: code, sentence and details of a refusal; of anything unforeseen only the request's id."""
    cause = error.original_error
    if isinstance(cause, StoreUnavailable):
        cause = not_reached(cause)
    if isinstance(cause, Refusal):
        return _with(error, cause.message, refusal_extensions(cause))
    if cause is None and _may_hold_secrets(query):
        return GraphQLError(SECRETS_SENTENCE, path=error.path, extensions={"code": OPERATION_INVALID})
    if cause is None:  # The document or its variables do not fit the schema: graphql-core said where.
        return _with(error, error.message, {"code": OPERATION_INVALID, **(error.extensions or {})})
    if isinstance(cause, GraphQLError):
        return told(cause, request_id, query)
    logger.error("request %s failed at %s", request_id, error.path, exc_info=cause)
    sentence = f"Expected to answer this field, but an error of ours came between; tell us the request id {request_id}."
    return _with(error, sentence, {"code": INTERNAL_ERROR, "requestId": request_id})


def _may_hold_secrets(query: str | None) -> bool:
    """Whether the document is one with which secrets are given: what graphql-core says repeats the values."""
    return query is not None and any(word in query for word in _TAKING_SECRETS)


def refusal_extensions(refusal: Refusal) -> dict[str, Any]:
    """Code, details and whether a retry may help, as they stand in `extensions`."""
    return {
        "code": refusal.code,
        "retryable": refusal.code in RETRYABLE,
        "details": [_detail(detail) for detail in refusal.details],
    }


def _detail(detail: Detail) -> dict[str, str]:
    return {"path": detail.path, "expected": detail.expected, "found": detail.found, "message": detail.message}


def _with(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
