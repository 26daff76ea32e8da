"""What can be asked of OpenAPI documents."""

from __future__ import annotations

import asyncio

import strawberry

from domain.openapi import Operation
from graphql_api.context import Info
from graphql_api.describe import field
from graphql_api.openapi.reading import read_text
from graphql_api.openapi.types import OpenApiOperations, show_operation
from graphql_api.paging import check_first

FIRST_DEFAULT = 50


@strawberry.type
class OpenApiQueries:
    """What can be asked of OpenAPI documents."""

    @field
    async def open_api_operations(
        self,
        info: Info,
        document: str,
        search: str | None = None,
        id: str | None = None,  # noqa: A002 - the word of the API
        first: int = FIRST_DEFAULT,
    ) -> OpenApiOperations:
        """The operations of a service from its OpenAPI document (3.0 or 3.1, JSON or YAML, at most 5 MiB), each with the task that calls it.

        `search` finds words in ids, paths, summaries and tags; `id` is one operation, by its id or as `GET /orders`. Nothing is stored.
        """
        info.context.identity.require("workflow:read")
        shown = check_first(first)
        read = await asyncio.to_thread(read_text, document)
        found = read.operations if id is None else (read.operation(id),)
        words = (search or "").lower().split()
        found = tuple(one for one in found if all(word in _said(one) for word in words))
        return OpenApiOperations(
            title=read.title,
            version=read.version,
            total_count=len(found),
            nodes=[show_operation(read, one) for one in found[:shown]],
        )


def _said(operation: Operation) -> str:
    return " ".join((operation.id, operation.method, operation.path, operation.summary, *operation.tags)).lower()
