"""OpenAPI documents as text: JSON or YAML to plain data, within limits."""

from __future__ import annotations

import json
import re
from typing import Any

from yaml import CSafeLoader, load
from yaml.error import YAMLError

from domain.openapi import Document, DocumentRefused, read_document

DOCUMENT_BYTES_MAX = 5 * 1024 * 1024
DOCUMENT_OF_FILE_BYTES_MAX = 20 * 1024 * 1024


class _Loader(CSafeLoader):
    """YAML as JSON's own values: dates stay text, and `no` is one."""


_BOOLEAN, _MOMENT = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (_BOOLEAN, _MOMENT)]
    for first, resolvers in CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOLEAN, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def read_text(text: str, *, bytes_max: int = DOCUMENT_BYTES_MAX) -> Document:
    """The document that a text holds; raises DocumentRefused."""
    if len(text.encode("utf-8", "surrogatepass")) > bytes_max:
        raise DocumentRefused(found=f"it is larger than {bytes_max} bytes")
    return read_document(_plain(text))


def _plain(text: str) -> Any:
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        try:
            return json.loads(text.lstrip("\ufeff"))
        except RecursionError:
            raise DocumentRefused(found="it is nested too deeply") from None
        except ValueError:
            pass  # It may be YAML that begins with a brace.
    try:
        return load(text, Loader=_Loader)  # noqa: S506 - it is a safe one
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f" at line {mark.line + 1}, column {mark.column + 1}"
        raise DocumentRefused(found=f"it is neither JSON nor YAML{where}") from None
    except RecursionError:
        raise DocumentRefused(found="it is nested too deeply") from None
    except (ValueError, TypeError):
        raise DocumentRefused(found="it holds a value that JSON has not") from None
