"""Values as clients give them, and what becomes of them before they go into an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import strawberry

from domain.files.subject import Stored
from domain.refusals import Detail
from domain.values import BLOB, decode, encode, escape, is_wrapper
from event_store.blobs import BlobStore
from graphql_api.context import Context, read_id
from graphql_api.describe import about, input_type, one_of_input
from graphql_api.refusals import ArgumentRefused
from graphql_api.scalars import JSON

INLINE_BYTES_MAX = 32 * 1024  # of a value within an event; larger ones go to the blob store
GIVEN_VALUES_MAX = 500
FILES_OF_A_VALUE_MAX = 500


@one_of_input
class GivenValue:
    """A value: JSON (a decimal as its text, as `"12.30"`), or stored files by their ids."""

    json: JSON | None = about("Any JSON value but null; leave the input out to give nothing.", default=strawberry.UNSET)
    file: strawberry.ID | None = about("The id of a stored file.", default=strawberry.UNSET)
    files: list[strawberry.ID] | None = about("The ids of several stored files.", default=strawberry.UNSET)


@input_type
class NamedValue:
    """A value for one input or output."""

    name: str = about("The name of the input or output.")
    value: GivenValue = about("The value.")


async def take(context: Context, given: Sequence[NamedValue], what: str) -> tuple[dict[str, Any], list[Detail]]:
    """The whole values by name, as they are kept but for their size; and what is wrong with how they were given."""
    if len(given) > GIVEN_VALUES_MAX:
        raise ArgumentRefused(expected=f"at most {GIVEN_VALUES_MAX} values", name=f"{what}s", found=str(len(given)))
    values: dict[str, Any] = {}
    details: list[Detail] = []
    for named in given:
        path = f"{what} {named.name}"
        if named.name in values:
            details.append(Detail(path, "one value", "two"))
        values[named.name] = await _value(context, named.value, path, details)
    return values, details


async def keep(context: Context, values: Mapping[str, Any], inline_bytes_max: int = INLINE_BYTES_MAX) -> dict[str, Any]:
    """The values as they go into an event: the large ones in the blob store, and where they are in their place."""
    return await keep_in(context.api.system.blobs, context.workspace_id, values, inline_bytes_max)


async def keep_in(
    blobs: BlobStore, workspace: UUID, values: Mapping[str, Any], inline_bytes_max: int = INLINE_BYTES_MAX
) -> dict[str, Any]:
    """As `keep`, for whoever is no client of the API."""
    return {name: await _kept(blobs, workspace, value, inline_bytes_max) for name, value in values.items()}


async def whole_of(blobs: BlobStore, workspace: UUID, value: Any) -> Any:
    """A kept value whole: a large one is read from the blob store."""
    if not is_wrapper(value) or BLOB not in value:
        return value
    return decode(await blobs.read(workspace, value[BLOB]["hash"]))


async def _value(context: Context, given: GivenValue, path: str, details: list[Detail]) -> Any:
    if given.file is not strawberry.UNSET and given.file is not None:
        return await _file(context, given.file, path, details)
    if given.files is not strawberry.UNSET and given.files is not None:
        if len(given.files) > FILES_OF_A_VALUE_MAX:
            details.append(Detail(path, f"at most {FILES_OF_A_VALUE_MAX} files", f"{len(given.files)}"))
            return None
        return [await _file(context, file, f"{path}[{index}]", details) for index, file in enumerate(given.files)]
    return escape(given.json)


async def _file(context: Context, text: str, path: str, details: list[Detail]) -> Any:
    file_id = read_id(text)
    if file_id is not None:
        file = await stored_file(context, file_id)
        if file is not None:
            return {"name": file.event.name, "content": file.event.content}
    details.append(Detail(path, "the id of a stored file", "another id"))
    return None


async def stored_file(context: Context, file_id: UUID) -> Stored | None:
    """The file as the log has it, so that one stored a moment ago is found."""
    state, _ = await context.api.system.dispatch.load("file", file_id, context.workspace_id)
    return state if isinstance(state, Stored) else None


async def _kept(blobs: BlobStore, workspace: UUID, value: Any, inline_bytes_max: int) -> Any:
    if (
        isinstance(value, bool | int | float)
        or value is None
        or (isinstance(value, str) and len(value) < inline_bytes_max // 6)
    ):
        return value
    content = encode(value)
    if len(content) <= inline_bytes_max:
        return value
    ref = await blobs.put(workspace, content, "application/json")
    return {BLOB: {"v": 1, "hash": ref.hash, "size": ref.size, "type": ref.type}}
