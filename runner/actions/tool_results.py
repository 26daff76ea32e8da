"""What a tool gave, as the outputs of its task: what it said, the files it gave, and the parts of its structured result."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from domain.kinds.tool import FILES, STRUCTURED, TEXT, ToolConfiguration
from domain.types import describe
from domain.values import ValueRefused, check_value, decode
from runner.actions.asking.answers import as_declared
from runner.actions.contract import Failed, FileContents

if TYPE_CHECKING:
    from mcp_types import CallToolResult

RESULT_BYTES_MAX = 32 * 1024 * 1024
RESULT_MISFIT = "RESULT_MISFIT"
RESULT_TOO_LARGE = "RESULT_TOO_LARGE"
TOOL_FAILED = "TOOL_FAILED"
ANY_TYPE = "application/octet-stream"
SAID_CHARACTERS_MAX = 1_500


async def outputs_of(config: ToolConfiguration, result: CallToolResult, files: FileContents) -> dict[str, Any] | Failed:
    """The outputs of the task, or why the tool gave none."""
    texts, contents = _parts(result)
    text = "\n".join(texts)
    if result.is_error:
        said = " ".join(text.split())[:SAID_CHARACTERS_MAX] or "nothing"
        return Failed(TOOL_FAILED, f"Expected the tool {config.tool} to succeed, but it says: {said}")
    size = len(text) + sum(len(data) for _, data, _ in contents)
    if size > RESULT_BYTES_MAX:
        message = f"Expected a result of at most {RESULT_BYTES_MAX} bytes, but got {size}."
        return Failed(RESULT_TOO_LARGE, message)
    found = _structured(result, text)
    named: dict[str, Any] = {}
    for variable in config.outputs:
        theirs = config.results.get(variable.name, variable.name)
        value = found.get(theirs) if isinstance(found, dict) else None
        if value is None and variable.required:
            message = (
                f"Expected {describe(variable.type)} as {theirs} in the result of {config.tool}, but there is none."
            )
            return Failed(RESULT_MISFIT, message)
        if value is not None:
            named[variable.name] = as_declared(variable.type, value)
    if not config.outputs and isinstance(found, dict):
        named[STRUCTURED] = found
    try:
        check_value(named, path="result")
    except ValueRefused as refused:
        details = [{"path": one.path, "expected": one.expected, "found": one.found} for one in refused.details]
        message = f"Expected a result of values that can be kept, but {config.tool} gave others."
        return Failed(RESULT_MISFIT, message, details=details)
    stored = [await files.store(name, media_type, data) for name, data, media_type in contents]
    return {**named, TEXT: text.replace("\0", "\ufffd").encode("utf-8", "replace").decode(), FILES: stored}


def _structured(result: CallToolResult, text: str) -> Any:
    """The structured result; older servers give it as text."""
    if result.structured_content is not None:
        return result.structured_content
    try:
        return decode(text)
    except ValueRefused:
        return None


def _parts(result: CallToolResult) -> tuple[list[str], list[tuple[str, bytes, str]]]:
    """The texts, and the files as name, content and type."""
    texts: list[str] = []
    contents: list[tuple[str, bytes, str]] = []
    for number, part in enumerate(result.content, start=1):
        said: Mapping[str, Any] = part.model_dump(mode="json", by_alias=False)
        resource = said.get("resource") if said["type"] == "resource" else None
        if said["type"] == "text":
            texts.append(said["text"])
        elif said["type"] == "resource_link":
            texts.append(str(said["uri"]))
        elif resource is not None and resource.get("text") is not None:
            texts.append(resource["text"])
        else:
            source = said if resource is None else resource
            media_type = str(source.get("mime_type") or ANY_TYPE).partition(";")[0].strip().lower()
            contents.append((_name(source, number, media_type), _data(source), media_type))
    return texts, contents


def _data(source: Mapping[str, Any]) -> bytes:
    try:
        return base64.b64decode(source.get("data") or source.get("blob") or "", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _name(source: Mapping[str, Any], number: int, media_type: str) -> str:
    last = str(source.get("uri") or "").rpartition("/")[2]
    usable = "".join(letter for letter in last if letter.isprintable() and letter not in '\\/:*?"<>|')[:200]
    return usable or f"result-{number}{mimetypes.guess_extension(media_type) or ''}"
