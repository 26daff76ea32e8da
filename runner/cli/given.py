"""Values as they are typed: `name=value`, where the declared type says how the text is read, and `name=@file`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from domain.values import ValueRefused, decode
from runner.cli.client import ApiClient

FILE_TYPES = ("file", "array_files")
_JSON_TYPES = ("object", "array")


def read_given(client: ApiClient, given: Sequence[str], types: Mapping[str, str], what: str) -> list[dict[str, Any]]:
    """The values as the API takes them; `types` are the wire names of the declared types by name.

    What does not fit its type is left as it is for the API to refuse, so that one refusal names all of it.
    """
    texts: dict[str, list[str]] = {}
    for pair in given:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f'Expected --{what} as name=value, but got "{pair}".')
        texts.setdefault(name, []).append(text)
    return [{"name": name, "value": _value(client, name, found, types.get(name))} for name, found in texts.items()]


def _value(client: ApiClient, name: str, texts: list[str], declared: str | None) -> dict[str, Any]:
    if declared == "array_files":
        return {"files": [client.upload(_path(text))["id"] for text in texts]}
    if len(texts) > 1:
        raise typer.BadParameter(f"Expected one value for {name}, but got {len(texts)}.")
    text = texts[0]
    if declared == "file" and text.startswith("@"):
        return {"file": client.upload(_path(text))["id"]}
    return {"json": _read(name, _content(text), declared)}


def _read(name: str, text: str, declared: str | None) -> Any:
    match declared:
        case "bool" if text.lower() in ("true", "false"):
            return text.lower() == "true"
        case "float":
            return _number(text)
        case _ if declared in _JSON_TYPES:
            try:
                return decode(text, path=name)
            except ValueRefused as refused:
                raise typer.BadParameter(refused.message) from None
        case _:
            return text


def _number(text: str) -> Any:
    try:
        number = decode(text.strip())
    except ValueRefused:
        return text
    return number if isinstance(number, int | float) and not isinstance(number, bool) else text


def _content(text: str) -> str:
    # A text that begins with @ is written with two.
    if text.startswith("@@"):
        return text[1:]
    return _path(text).read_text(encoding="utf-8") if text.startswith("@") else text


def _path(text: str) -> Path:
    path = Path(text.removeprefix("@"))
    if not path.is_file():
        raise typer.BadParameter(f"Expected a file after @, but {path} is none.")
    return path
