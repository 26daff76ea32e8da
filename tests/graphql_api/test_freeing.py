"""What an operation was given and has loaded is freed with its answer: a collection comes late where objects are many and large."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from graphql_api.context import Context
from graphql_api.operations import Execution
from tests.graphql_api.house import Client, wait_until

JOB = "query ($job: ID!) { job(id: $job) { id status } }"
MANY = "query ($first: Int!) { viewer { workspaceId } templates(first: $first) { nodes { id title } } }"
START = """mutation ($input: StartJobsInput!) {
  startJobs(input: $input) { __typename ... on CommandRefused { message } ... on StartJobsSuccess { results { __typename } } }
}"""
BROKEN = "query ($job: ID!) { job(id: $job) { nothing } }"
LARGE = "x" * 100_000


@contextmanager
def without_collections() -> Iterator[None]:
    """Objects that only know each other stay, as long as nothing looks for them."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def left() -> list[object]:
    """What of operations that have ended is still there."""
    return [each for each in gc.get_objects() if isinstance(each, Execution | Context)]


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (JOB, {"job": LARGE}),
        (MANY, {"first": 100}),
        (START, {"input": {"jobs": [{"workflowId": LARGE}] * 20}}),
        (BROKEN, {"job": LARGE}),
    ],
    ids=["query", "list", "mutation", "error"],
)
def test_an_operation_leaves_nothing_behind(admin: Client, document: str, variables: dict[str, object]) -> None:
    admin.answer(document, **variables)  # What is made once, as for a document that is new, is made.
    with without_collections():
        for _ in range(3):
            admin.answer(document, **variables)
        wait_until(lambda: not left(), "the operations to be freed")
