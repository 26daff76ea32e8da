"""OpenAPI documents as the API shows them."""

from __future__ import annotations

import asyncio

import strawberry

from domain.openapi import Document as DomainDocument
from domain.openapi import Operation, prefill
from graphql_api.describe import about, field, object_type
from graphql_api.scalars import JSON


@object_type
class OpenApiCredential:
    """The credential that an operation asks for."""

    kind: str = about("The kind of credential.")
    values: JSON = about("What the document says of it, as a form may be filled with; never a secret.")


@object_type
class OpenApiTask:
    """A task of kind `http` that calls an operation."""

    name: str = about("A name for it.")
    label: str = about("What it is called.")
    description: str = about("What the document says of it.")
    configuration: JSON = about("Its configuration: request, typed inputs, typed outputs.")
    credential: OpenApiCredential | None = about(
        "The credential to make and to name in `credential`; null where none is asked for."
    )
    notes: list[str] = about("What the document leaves open, or a task cannot do.")


@object_type
class OpenApiOperation:
    """One operation of a service."""

    id: str = about("Its id; method and path where the document gives it none.")
    method: str = about("The method, in capitals.")
    path: str = about("The path, with its parameters in braces.")
    summary: str = about("What it does, in a few words.")
    description: str = about("What it does.")
    tags: list[str] = about("What the document sorts it under.")
    deprecated: bool = about("Whether the service asks to use it no more.")
    document: strawberry.Private[DomainDocument]
    operation: strawberry.Private[Operation]

    @field
    async def task(self, server: str | None = None) -> OpenApiTask:
        """The task that calls it, at the first server that the document names unless another is given."""
        made = await asyncio.to_thread(prefill, self.document, self.operation, server=server)
        wanted = made.credential
        return OpenApiTask(
            name=made.name,
            label=made.label,
            description=made.description,
            configuration=JSON(made.configuration),
            credential=None
            if wanted is None
            else OpenApiCredential(kind=wanted.kind, values=JSON(dict(wanted.values))),
            notes=list(made.notes),
        )


@object_type
class OpenApiOperations:
    """The operations of a service, as its OpenAPI document has them."""

    title: str = about("What the service is called.")
    version: str = about("The version of OpenAPI.")
    total_count: int = about("How many operations were found, those beyond the ones shown too.")
    nodes: list[OpenApiOperation] = about("The operations, in the order of the document.")


def show_operation(document: DomainDocument, operation: Operation) -> OpenApiOperation:
    """One operation."""
    return OpenApiOperation(
        id=operation.id,
        method=operation.method,
        path=operation.path,
        summary=operation.summary,
        description=operation.description,
        tags=list(operation.tags),
        deprecated=operation.deprecated,
        document=document,
        operation=operation,
    )
