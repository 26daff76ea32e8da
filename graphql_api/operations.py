"""Running operations: parsed and checked once a text, answered with errors that a client may see."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, ClassVar, TypeVar
from weakref import WeakMethod

import strawberry
from cross_web import HTTPException
from graphql import DocumentNode, GraphQLError, GraphQLResolveInfoHelpers, parse
from graphql.pyutils import gather_with_cancel
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext, StreamResult, validate_document
from strawberry.types.execution import ExecutionContext, ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.utils.aio import aclosing

from domain.refusals import Refusal
from event_store.units import StoreUnavailable
from graphql_api.errors import told
from graphql_api.limits import TOKENS_MAX, OperationLimits
from graphql_api.plain_text import PlainText
from graphql_api.variables import lists_too_long

DOCUMENTS_KEPT_MAX = 500
DOCUMENT_CHARACTERS_KEPT_MAX = 20_000
CHARACTERS_KEPT_MAX = 500_000  # of all texts together: a parsed text can take 200 bytes a character
STREAM_NEEDED = (
    "Expected a query or a mutation, but got a subscription, which needs a WebSocket or `Accept: text/event-stream`."
)


class Documents(SchemaExtension):
    """Parses and checks each text once; texts that are asked again and again are the rule."""

    _parsed: ClassVar[OrderedDict[str, DocumentNode]] = OrderedDict()
    _checked: ClassVar[dict[str, list[GraphQLError]]] = {}

    def on_parse(self) -> Iterator[None]:
        """Takes the document from the texts seen before, or leaves it to the library, which tells of syntax errors."""
        context = self.execution_context
        context.parse_options["max_tokens"] = TOKENS_MAX
        if context.query:
            context.graphql_document = self._document(context.query)
        yield

    def on_validate(self) -> Iterator[None]:
        """Checks the document against schema and limits, once a text."""
        context, text = self.execution_context, self.execution_context.query or ""
        errors, schema, document = self._checked.get(text), context.schema._schema, context.graphql_document  # noqa: SLF001
        if errors is None and document is not None:
            # The limits come first: what the other rules cost grows with the square of a selection.
            errors = validate_document(schema, document, (OperationLimits,))
            errors = errors or validate_document(schema, document, (*context.validation_rules, PlainText))
            if text in self._parsed:
                self._checked[text] = errors
        if not errors and document is not None:
            errors = lists_too_long(schema, document, context.operation_name, context.variables)
        context.pre_execution_errors = errors
        yield

    def _document(self, text: str) -> DocumentNode | None:
        document = self._parsed.get(text)
        if document is not None:
            self._parsed.move_to_end(text)
            return document
        try:
            document = parse(text, max_tokens=TOKENS_MAX)
        except GraphQLError:
            return None
        if len(text) <= DOCUMENT_CHARACTERS_KEPT_MAX:
            self._keep(text, document)
        return document

    @classmethod
    def _keep(cls, text: str, document: DocumentNode) -> None:
        cls._parsed[text] = document
        while len(cls._parsed) > DOCUMENTS_KEPT_MAX or sum(map(len, cls._parsed)) > CHARACTERS_KEPT_MAX:
            oldest, _ = cls._parsed.popitem(last=False)
            cls._checked.pop(oldest, None)


class Execution(StrawberryGraphQLCoreExecutionContext):
    """An operation under way. The library's knows helpers that know it, and with it the variables and answers would be freed late."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        track = WeakMethod(self.track_async_work)

        def track_while_it_lasts(values: Sequence[Any]) -> None:
            if (track_async_work := track()) is not None:
                track_async_work(values)

        self.async_helpers = GraphQLResolveInfoHelpers(
            gather=lambda values: gather_with_cancel(*values), track=track_while_it_lasts
        )


class Schema(strawberry.Schema):
    """The schema; every operation gets a context of its own, every error passes through `told`."""

    async def execute(  # noqa: PLR0917 - the library's signature
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Runs a query or mutation; a subscription needs a connection that streams."""
        allowed = set(allowed_operation_types or OperationType) - {OperationType.SUBSCRIPTION}
        try:
            result = await super().execute(
                query,
                variable_values=variable_values,
                context_value=context_value,
                root_value=root_value,
                operation_name=operation_name,
                allowed_operation_types=allowed,
                operation_extensions=operation_extensions,
            )
        except InvalidOperationTypeError:
            raise HTTPException(400, STREAM_NEEDED) from None
        finally:
            _let_go(context_value)
        return _told(result, context_value, query)

    async def stream(  # noqa: PLR0917 - the library's signature
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> StreamResult:
        """Runs any operation on a connection that lives longer than it: in a context of its own."""
        begin = partial(
            super().stream,
            query,
            variable_values=variable_values,
            root_value=root_value,
            operation_name=operation_name,
            operation_extensions=operation_extensions,
            allowed_operation_types=allowed_operation_types,
        )
        return _streaming(begin, context_value, query)

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: `told` logs what is ours to mend, and what a client did wrong is no matter for our log."""


async def _streaming(begin: Callable[..., Awaitable[StreamResult]], connection: Any, query: str | None) -> StreamResult:
    try:
        context = await connection.for_operation()  # The key may have been revoked since the connection began.
    except (Refusal, StoreUnavailable) as refusal:
        error = told(GraphQLError(str(refusal), original_error=refusal), connection.request_id)
        yield PreExecutionError(data=None, errors=[error])
        return
    try:
        async with aclosing(await begin(context_value=context)) as results:
            async for result in results:
                yield _told(result, context, query)
    finally:
        _let_go(context)


def _let_go(context: Any) -> None:
    """Drops what an operation has loaded at once: its loaders know the context that knows them, which is freed late otherwise."""
    if context is not None:
        context.forget()


Result = TypeVar("Result")


def _told(result: Result, context: Any, query: str | None) -> Result:
    if isinstance(result, ExecutionResult | PreExecutionError) and result.errors:
        result.errors = [told(error, context.request_id, query) for error in result.errors]
    return result
