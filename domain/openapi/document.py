"""An OpenAPI document as plain data: its operations in their order, and what its references lead to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.refusals import Refusal
from domain.values import kind_of, shorten

REFERENCES_MAX = 20
"""So many references are followed from one to the next."""
OPERATIONS_MAX = 10_000
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")


class DocumentRefused(Refusal):
    """Expected an OpenAPI document of version 3.0 or 3.1, but {found}."""


class OperationUnknown(Refusal):
    """Expected an operation of the document, but it has no {operation}."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a service: `id` as the document has it, or method and path where it has none."""

    id: str
    method: str  # in capitals
    path: str
    summary: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    deprecated: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read."""

    content: Mapping[str, Any]
    title: str
    version: str
    _by_id: dict[str, Operation] = field(default_factory=dict)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation, in the order of the document."""
        return tuple(self._by_id.values())

    def operation(self, name: str) -> Operation:
        """The operation of this id, or of this method and path (`GET /orders`); raises OperationUnknown."""
        found = self._by_id.get(name)
        if found is None:
            method, _, path = name.partition(" ")
            same = (one for one in self._by_id.values() if (one.method, one.path) == (method.upper(), path.strip()))
            found = next(same, None)
        if found is None:
            raise OperationUnknown(operation=shorten(name))
        return found

    def item(self, operation: Operation) -> Mapping[str, Any]:
        """What the document says of the path of an operation."""
        return mapping(self.resolve(mapping(self.content.get("paths")).get(operation.path)))

    def said(self, operation: Operation) -> Mapping[str, Any]:
        """What the document says of an operation."""
        return mapping(self.resolve(self.item(operation).get(operation.method.lower())))

    def resolve(self, found: Any) -> Any:
        """What stands at the end of a chain of references within the document; None where it leads nowhere, or elsewhere."""
        for _ in range(REFERENCES_MAX):
            if not isinstance(found, Mapping) or not isinstance(found.get("$ref"), str):
                return found
            found = self._at(found["$ref"])
        return None

    def _at(self, reference: str) -> Any:
        if not reference.startswith("#/"):
            return None
        found: Any = self.content
        for step in reference[2:].split("/"):
            name = step.replace("%7B", "{").replace("%7D", "}").replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, Mapping) else None
        return found


def read_document(content: Any) -> Document:
    """The document that plain data hold; raises DocumentRefused, which says what was found instead."""
    if not isinstance(content, Mapping):
        raise DocumentRefused(found=f"got {kind_of(content)}")
    if "swagger" in content:
        raise DocumentRefused(
            found=f"it is one of Swagger {text(content['swagger'], '2.0')}, which converters turn into 3.0"
        )
    version = text(content.get("openapi"), "")
    if not version.startswith(("3.0", "3.1")):
        raise DocumentRefused(
            found=f"its field openapi says {shorten(version)}" if version else "it has no field openapi"
        )
    if not isinstance(content.get("paths"), Mapping) or not content["paths"]:
        raise DocumentRefused(found="it has no paths")
    info = mapping(content.get("info"))
    document = Document(content, text(info.get("title"), "A service"), version)
    for number, operation in enumerate(_operations(document)):
        if number >= OPERATIONS_MAX:
            raise DocumentRefused(found=f"it has more than {OPERATIONS_MAX} operations")
        document._by_id.setdefault(operation.id, operation)  # noqa: SLF001 - it is made here
    return document


def mapping(found: Any) -> Mapping[str, Any]:
    """An object; an empty one where something else stands."""
    return found if isinstance(found, Mapping) else {}


def listing(found: Any) -> list[Any]:
    """A list; an empty one where something else stands."""
    return found if isinstance(found, list) else []


def text(found: Any, otherwise: str = "") -> str:
    """A text, or a number as one."""
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return otherwise
    return str(found).strip() or otherwise


def _operations(document: Document) -> Iterator[Operation]:
    taken: set[str] = set()
    for path, item in mapping(document.content.get("paths")).items():
        said_of_path = mapping(document.resolve(item))
        for method in METHODS:
            said = document.resolve(said_of_path.get(method))
            if not isinstance(said, Mapping) or not isinstance(path, str):
                continue
            name = f"{method.upper()} {path}"
            given = text(said.get("operationId"))
            yield Operation(
                id=given if given and given not in taken else name,
                method=method.upper(),
                path=path,
                summary=text(said.get("summary")),
                description=text(said.get("description")),
                tags=tuple(text(tag) for tag in listing(said.get("tags")) if text(tag)),
                deprecated=said.get("deprecated") is True,
            )
            taken.add(given)
