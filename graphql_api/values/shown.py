"""Values as they are shown: by name and type, files as files, large ones as a link unless asked for whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry

from domain.types import ValueType
from domain.values import BLOB, SEALED, decode, is_wrapper, unescape, value_at
from graphql_api.context import Context, Info
from graphql_api.describe import about, field, object_type
from graphql_api.scalars import JSON
from graphql_api.values.links import Content, Gathered, Links, content_of

WHOLE_BYTES_MAX = 8 * 1024 * 1024
JSON_TYPE = "application/json"


@object_type
class FileContent:
    """A stored file within a value."""

    name: str = about("Its name.")
    media_type: str = about("Its media type.")
    size: int = about("Its size in bytes.")
    url: str = about("Where its content can be fetched with the same key for an hour: a path on this server.")


@object_type
class DeclaredType:
    """The declared type of a value."""

    name: str = about(
        "The wire name: str, float, decimal, bool, date, object, array, file, array_files or json_string."
    )
    definition: JSON = about("The whole declaration: the wire name as `type`, with its limits, fields and items.")


@object_type
class Value:
    """A value by name; `json` holds it unless it is a file, or large and not asked for whole, or a list of what more than 1,000 items gave."""

    name: str = about("The name of the input or output.")
    type: DeclaredType | None = about("Its declared type.")
    stored: strawberry.Private[Any]

    @field
    async def json(self, info: Info, *, whole: bool = False) -> JSON | None:
        """The value as JSON; null for nothing, for a large one unless asked for `whole` (up to 8 MiB), and for what more than 1,000 items of a for-each gave (see `items`). Files within it are `{name, mediaType, size, url}`."""
        value = self.stored
        if isinstance(value, Gathered):
            return None
        if _is_large(value):
            if not whole or value[BLOB]["size"] > WHOLE_BYTES_MAX:
                return None
            value = await opened(info.context, value)
        return JSON(shown(info.context, value))

    @field
    def file(self, info: Info) -> FileContent | None:
        """The file, when the value is one."""
        return _file(info.context, self.stored)

    @field
    def files(self, info: Info) -> list[FileContent] | None:
        """The files, when the value is a list of them."""
        if not isinstance(self.stored, list):
            return None
        files = [_file(info.context, item) for item in self.stored]
        return [file for file in files if file is not None] if files and None not in files else None

    @field
    def size(self) -> int | None:
        """The size in bytes of a large value that is kept outside the log; null for all others."""
        return int(self.stored[BLOB]["size"]) if _is_large(self.stored) else None

    @field
    def items(self) -> int | None:
        """How many items of a for-each gave this list, when they are more than 1,000 and the list is only to be fetched; null for all others."""
        return self.stored.items if isinstance(self.stored, Gathered) else None

    @field
    def url(self, info: Info) -> str | None:
        """Where a large value, or what more than 1,000 items gave, can be fetched as JSON with the same key for an hour; null for all others."""
        if isinstance(self.stored, Gathered):
            return links(info.context).make_gathered(self.stored, f"{self.name}.json")
        if not _is_large(self.stored):
            return None
        return links(info.context).make(content_of(self.stored[BLOB], f"{self.name}.json"))


def show_value(name: str, declared: ValueType | None, stored: Any) -> Value:
    """A kept value with its declared type."""
    return Value(name=name, type=show_type(declared), stored=stored)


def show_type(declared: ValueType | None) -> DeclaredType | None:
    """A declared type."""
    if declared is None:
        return None
    return DeclaredType(name=declared.type, definition=JSON(declared.model_dump(mode="json")))


async def opened(context: Context, value: Any) -> Any:
    """A kept value whole: a large one is read from the blob store."""
    if not _is_large(value):
        return value
    return decode(await context.api.system.blobs.read(context.workspace_id, value[BLOB]["hash"]))


async def opened_at(context: Context, value: Any, path: tuple[str, ...]) -> Any:
    """What stands inside a kept value."""
    return value_at(await opened(context, value), path) if path else value


def shown(context: Context, value: Any) -> Any:
    """A kept value as a client sees it: its own keys again, files with a link, nothing that is sealed."""
    if isinstance(value, Mapping):
        if (file := _file(context, value)) is not None:
            return {"name": file.name, "mediaType": file.media_type, "size": file.size, "url": file.url}
        if is_wrapper(value):
            return _wrapped(context, value)
        return {key[1:] if key.startswith("$$") else key: shown(context, item) for key, item in value.items()}
    if isinstance(value, list):
        return [shown(context, item) for item in value]
    if isinstance(value, Gathered):
        return {"items": value.items, "url": links(context).make_gathered(value, "value.json")}
    return value


def text(value: Any) -> str | None:
    """A free text of an event; null where it is sealed or none."""
    value = unescape(value)
    return value if isinstance(value, str) else None


def links(context: Context) -> Links:
    """The links of the workspace."""
    return Links(context.api.system.master_key, context.workspace_id)


def _wrapped(context: Context, value: Mapping[str, Any]) -> Any:
    if SEALED in value:
        return {"sealed": True}
    blob = value[BLOB]
    return {"size": blob["size"], "url": links(context).make(content_of(blob, "value.json"))}


def _is_large(value: Any) -> bool:
    return is_wrapper(value) and BLOB in value


def _file(context: Context, value: Any) -> FileContent | None:
    if not isinstance(value, Mapping) or value.keys() != {"name", "content"} or not _is_large(value["content"]):
        return None
    name = value["name"] if isinstance(value["name"], str) else "file"
    content: Content = content_of(value["content"][BLOB], name)
    return FileContent(name=name, media_type=content.media_type, size=content.size, url=links(context).make(content))
