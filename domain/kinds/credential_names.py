"""How a configuration says that a field names a credential, so that checks, uses and previews find it without code for a kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

SCHEMA_KEY = "x-credential-kinds"


class CredentialName:
    """Marks a text that names a credential: `credential: Annotated[str, CredentialName("bearer", "basic")] | None = None`.

    Without kinds any will do. The mark stands in the JSON Schema of the configuration as `x-credential-kinds`.
    """

    def __init__(self, *kinds: str) -> None:
        self.kinds = kinds

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of a text, and which kinds of credentials it may name."""
        return {**handler(core), SCHEMA_KEY: list(self.kinds)}

    def __eq__(self, other: object) -> bool:
        """Marks of the same kinds are the same."""
        return isinstance(other, CredentialName) and other.kinds == self.kinds

    def __hash__(self) -> int:
        """As it equals."""
        return hash(self.kinds)


@dataclass(frozen=True, slots=True)
class NamedCredential:
    """A place in a configuration that names a credential, and the kinds that will do there (none said: any)."""

    path: str  # within the configuration, as `auth.credential`
    name: str
    kinds: tuple[str, ...] = ()


def credentials_in(config: object) -> Iterator[NamedCredential]:
    """Every credential that a configuration, read by its kind, names."""
    if isinstance(config, BaseModel) and can_name(type(config)):
        yield from _of_model(config, "")


def can_name(model: type[BaseModel]) -> bool:
    """Whether a configuration of this class can name a credential anywhere: of most kinds none can, and none is looked for."""
    return _can_name(model, frozenset())


@cache
def _can_name(model: type[BaseModel], above: frozenset[type[BaseModel]]) -> bool:
    if model in above:
        return False
    return bool(_marks(model)) or any(
        _can_name(part, above | {model}) for info in model.model_fields.values() for part in _models_in(info.annotation)
    )


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _of_model(model: BaseModel, path: str) -> Iterator[NamedCredential]:
    marks = _marks(type(model))
    for field in type(model).model_fields:
        value = getattr(model, field)
        place = f"{path}{field}"
        if field in marks:
            if isinstance(value, str) and value:
                yield NamedCredential(place, value, marks[field].kinds)
        elif not isinstance(value, str | int | float | bool | None):
            yield from _of_value(value, place)


def _of_value(value: Any, path: str) -> Iterator[NamedCredential]:
    if isinstance(value, BaseModel):
        yield from _of_model(value, f"{path}.")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _of_value(item, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from _of_value(item, f"{path}[{place}]")


@cache
def _marks(model: type[BaseModel]) -> dict[str, CredentialName]:
    found: dict[str, CredentialName] = {}
    for field, info in model.model_fields.items():
        marks = [each for each in info.metadata if isinstance(each, CredentialName)]
        marks += _marks_in(info.annotation)
        if marks:
            found[field] = marks[0]
        elif field == "credential":  # A plain text of this name names one of any kind.
            found[field] = CredentialName()
    return found


def _marks_in(annotation: Any) -> list[CredentialName]:
    """The marks inside a union, as `Annotated[str, CredentialName()] | None` has them."""
    found: list[CredentialName] = []
    if get_origin(annotation) is Annotated:
        found += [each for each in get_args(annotation)[1:] if isinstance(each, CredentialName)]
    for part in get_args(annotation):
        found += _marks_in(part)
    return found
