"""Where an import reads from: a stored file, a URL, S3 or a database, as a request to the process that reads and a stream of content."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from domain.kinds.import_data import FILE, ImportDataConfiguration, reads_file
from runner.actions.contract import Tools
from runner.actions.tables.databases import database_of
from runner.actions.tables.objects import object_name, object_read
from runner.actions.tables.pool import TablePool
from runner.actions.tables.remote import fetched, in_url

NAME_OF_SQL = "query"


@dataclass(frozen=True, slots=True)
class Source:
    """What the process is asked, the content it is given, and what that is called."""

    request: dict[str, Any]
    content: AsyncIterator[bytes] | None
    name: str


async def open_source(
    config: ImportDataConfiguration, inputs: Mapping[str, Any], tools: Tools, pool: TablePool
) -> Source:
    """The source of an import; raises TableRefused where it cannot be reached."""
    request: dict[str, Any] = {"do": "import", "config": config.model_dump(mode="json")}
    if config.source == "sql":
        request["sql"] = {
            "parameters": {each.name: inputs.get(each.name) for each in config.inputs},
            "types": {each.name: each.type.type for each in config.inputs},
            "database": await database_of(config.credential, tools, pool),
        }
        content = tools.files.open(inputs[FILE]) if reads_file(config) else None
        return Source(request, content, NAME_OF_SQL)
    if config.source == "url":
        url = in_url(config.url or "", inputs)
        content = await fetched(url, config.credential, tools)
        name = urlsplit(url).path.rpartition("/")[2] or "data"
    elif config.source == "s3":
        key = object_name(config.object, inputs)
        content = await object_read(key, config.credential or "", tools)
        name = key.rpartition("/")[2] or "data"
    else:
        content, name = tools.files.open(inputs[FILE]), str(inputs[FILE]["name"])
    return Source(request | {"name": name}, content, name)
