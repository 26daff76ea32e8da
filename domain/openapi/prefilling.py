"""From an operation of an OpenAPI document to the task that calls it: its request, its typed inputs and outputs, its credential."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.kinds.http import BODY, HEADERS, STATUS, HttpConfiguration
from domain.kinds.http_findings import URL_CHARACTERS_MAX
from domain.kinds.http_methods import READING
from domain.openapi.document import Document, Operation, listing, mapping, text
from domain.openapi.schemas import Property, Schemas
from domain.types import FileType, ListType, ObjectType, TextType, ValueType, accepts
from domain.values import ValueRefused, check_value

NAME_CHARACTERS_MAX = 60
FIELDS_OF_BODY_MAX = 40
"""The fields of a larger body come in one input."""
_OWN = frozenset({STATUS, HEADERS, BODY})
_NOT_SENT = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that OpenAPI says are told elsewhere."""
_IDEMPOTENCY = "idempotency-key"
_VARIABLE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class WantedCredential:
    """The kind of credential that an operation asks for, and what the document says of it."""

    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Prefilled:
    """A task that calls an operation. `notes` say what the document leaves open, or a task cannot do."""

    name: str
    label: str
    description: str
    configuration: dict[str, Any]
    credential: WantedCredential | None
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Task:
    """The task as it comes together."""

    document: Document
    operation: Operation
    config: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def take(self, wanted: str, found: Property) -> str:
        """Declares an input for what an operation takes, under a name that is free; gives the name."""
        name = variable_name(wanted, taken=self.inputs)
        declared = found.type or ObjectType()
        if found.type is None:
            self.notes.append(f"{name} may be of several types, which an input cannot; it is taken as an object.")
        variable: dict[str, Any] = {"name": name, "type": declared.model_dump(mode="json")}
        if found.description:
            variable["description"] = found.description
        if not found.required:
            variable["required"] = False
        if found.default is not None and _is_default(declared, found.default):
            variable["default"] = {"value": found.default}
        self.inputs[name] = variable
        return name


def prefill(document: Document, operation: Operation, *, server: str | None = None) -> Prefilled:
    """The task that calls an operation, at the first server that the document names unless another is given."""
    task = _Task(document, operation)
    task.config["method"] = operation.method
    _parameters(task, server)
    _request(task)
    _answer(task)
    task.config["inputs"] = list(task.inputs.values())
    config = {key: item for key, item in task.config.items() if item not in ({}, [], None)}
    HttpConfiguration.model_validate(config)
    return Prefilled(
        name=variable_name(operation.id),
        label=operation.summary or operation.id,
        description=operation.description,
        configuration=config,
        credential=_credential(task),
        notes=tuple(dict.fromkeys(task.notes)),
    )


def variable_name(found: str, taken: Mapping[str, Any] | frozenset[str] = frozenset()) -> str:
    """A name as ours are, near to another: `orderId` becomes `order_id`; one that is taken gets a number."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", found))
    plain = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:NAME_CHARACTERS_MAX].strip("_")
    plain = plain if plain and plain[0].isalpha() else f"x_{plain}".strip("_")
    name, number = plain, 2
    while name in taken:
        name, number = f"{plain}_{number}", number + 1
    return name


def _parameters(task: _Task, server: str | None) -> None:
    schemas = Schemas(task.document, "sent")
    path = _escaped(task.operation.path)
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    for said in _said_parameters(task):
        name, place = text(said.get("name")), said.get("in")
        if place == "header" and name.lower() == _IDEMPOTENCY and task.operation.method not in READING:
            task.config["idempotency_header"] = name
            continue
        if not name or (place == "header" and name.lower() in _NOT_SENT):
            continue
        if place == "cookie":
            task.notes.append(f"The cookie {name} is not sent.")
            continue
        schema = said.get("schema")
        if schema is None:
            content = list(mapping(said.get("content")).values())
            schema = mapping(content[0]).get("schema") if content else {"type": "string"}
        declared = schemas.type_of(schema) or TextType()
        if isinstance(declared, ObjectType) or (isinstance(declared, ListType) and place != "query"):
            task.notes.append(f"{name} is given as the text that stands in the {place}.")
            declared = TextType()
        found = mapping(task.document.resolve(schema))
        required = said.get("required") is True or place == "path"
        description = text(said.get("description")) or text(found.get("description"))
        given = task.take(name, Property(name, declared, required, description, found.get("default")))
        if place == "path":
            path = path.replace(f"{{{{{name}}}}}", f"{{{given}}}")
        elif place == "query":
            query[name] = f"{{{given}}}"
        elif place == "header":
            headers[name] = f"{{{given}}}"
    task.config |= {"url": f"{_server(task, server)}{path}", "query": query, "headers": headers}


def _said_parameters(task: _Task) -> list[Mapping[str, Any]]:
    """Those of the path and of the operation, which come before: by place and name."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for source in (task.document.item(task.operation), task.document.said(task.operation)):
        for one in listing(source.get("parameters")):
            said = mapping(task.document.resolve(one))
            found[text(said.get("in")), text(said.get("name"))] = said
    return list(found.values())


def _server(task: _Task, given: str | None) -> str:
    if given is not None:
        return _escaped(given.rstrip("/"))
    for source in (task.document.said(task.operation), task.document.item(task.operation), task.document.content):
        for one in listing(source.get("servers")):
            said = mapping(one)
            url = _with_defaults(text(said.get("url")), mapping(said.get("variables")))
            if url.startswith(("http://", "https://")):
                return _escaped(url.rstrip("/"))
    task.notes.append("The document names no server: put its address before the path of the URL.")
    return ""


def _with_defaults(url: str, variables: Mapping[str, Any]) -> str:
    """The address with the defaults of its variables, each put in once; nothing where it is too long to be one."""

    def default(found: re.Match[str]) -> str:
        said = mapping(variables.get(found[1]))
        return text(said.get("default"))[:URL_CHARACTERS_MAX] if found[1] in variables else found[0]

    written = _VARIABLE.sub(default, url) if len(url) <= URL_CHARACTERS_MAX else ""
    return written if len(written) <= URL_CHARACTERS_MAX else ""


def _request(task: _Task) -> None:
    body = mapping(task.document.resolve(task.document.said(task.operation).get("requestBody")))
    content = mapping(body.get("content"))
    if not content or task.operation.method in READING:
        return
    media_type, said = _chosen(content)
    schemas = Schemas(task.document, "sent")
    schema = said.get("schema")
    properties = schemas.properties(schema)
    if properties is not None and len(properties) > FIELDS_OF_BODY_MAX:
        properties = None
    required = body.get("required") is True
    if media_type.startswith("multipart/") and properties is not None:
        task.config["body"] = {"type": "multipart", "parts": [_part(task, one) for one in properties]}
    elif media_type == "application/x-www-form-urlencoded" and properties is not None:
        fields = {one.name: f"{{{task.take(one.name, one)}}}" for one in properties}
        task.config["body"] = {"type": "form", "fields": fields}
    elif _is_json(media_type):
        task.config["body"] = {"type": "json", "value": _json(task, schemas, schema, properties, required=required)}
    elif media_type.startswith("text/") or media_type.endswith(("/xml", "+xml")):
        name = task.take("content", Property("content", TextType(), required))
        task.config["body"] = {"type": "text", "text": f"{{{name}}}", "media_type": media_type}
    else:
        name = task.take("file", Property("file", FileType(), required=True))
        task.config["body"] = {"type": "file", "file": name}


def _json(
    task: _Task, schemas: Schemas, schema: Any, properties: list[Property] | None, *, required: bool
) -> dict[str, str] | str:
    """A body of one input for each field, or of one input for all of it."""
    if properties is None or any(isinstance(one.type, FileType) or "{" in one.name for one in properties):
        return f"{{{task.take('content', Property('content', schemas.type_of(schema), required))}}}"
    return {one.name: f"{{{task.take(one.name, one)}}}" for one in properties}


def _part(task: _Task, found: Property) -> dict[str, str]:
    name = task.take(found.name, found)
    if isinstance(found.type, FileType):
        return {"name": found.name, "file": name}
    return {"name": found.name, "text": f"{{{name}}}"}


def _answer(task: _Task) -> None:
    said = _success(task)
    content = mapping(said.get("content"))
    if not content:
        task.config["read"] = "nothing"
        return
    media_type, found = _chosen(content)
    if not _is_json(media_type):
        is_text = media_type.startswith("text/") or media_type.endswith(("/xml", "+xml"))
        task.config["read"] = "text" if is_text else "file"
        return
    schemas = Schemas(task.document, "received")
    properties = schemas.properties(found.get("schema"))
    if properties is None:
        declared = schemas.type_of(found.get("schema"))
        if declared is not None and not isinstance(declared, ObjectType | FileType):
            task.config["body_type"] = declared.model_dump(mode="json")
        return
    if any(one.type is None for one in properties):
        task.config["body_type"] = {"type": "object"}  # What may be of several types is found in there.
    outputs: dict[str, dict[str, Any]] = {}
    paths: dict[str, list[str]] = {}
    for one in properties:
        if one.type is None:
            continue
        name = variable_name(one.name, taken={**dict.fromkeys(_OWN), **outputs})
        given = TextType() if isinstance(one.type, FileType) else one.type
        variable: dict[str, Any] = {"name": name, "type": given.model_dump(mode="json")}
        if one.description:
            variable["description"] = one.description
        outputs[name] = variable if one.required else variable | {"required": False}
        if name != one.name:
            paths[name] = [one.name]
    task.config |= {"outputs": list(outputs.values()), "paths": paths}


def _success(task: _Task) -> Mapping[str, Any]:
    responses = mapping(task.document.said(task.operation).get("responses"))
    by_status = {text(status).upper(): said for status, said in responses.items()}
    good = sorted(status for status in by_status if re.fullmatch(r"2\d\d", status))
    for status in (*good, "2XX", "DEFAULT"):
        if status in by_status:
            return mapping(task.document.resolve(by_status[status]))
    return {}


def _chosen(content: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The way to say it that suits best: JSON, else the first."""
    types = {text(name).partition(";")[0].strip().lower(): mapping(said) for name, said in content.items()}
    best = next((name for name in types if _is_json(name)), next(iter(types)))
    return best, types[best]


def _is_json(media_type: str) -> bool:
    return media_type in ("application/json", "*/*", "text/json") or media_type.endswith("+json")


def _credential(task: _Task) -> WantedCredential | None:
    """What the first way to sign in that a credential can do asks for."""
    said = task.document.said(task.operation)
    ways = listing(said["security"] if "security" in said else task.document.content.get("security"))
    schemes = mapping(mapping(task.document.content.get("components")).get("securitySchemes"))
    if not ways or {} in ways:
        return None
    for way in ways:
        wanted = [
            _wanted(mapping(task.document.resolve(schemes.get(name))), listing(scopes))
            for name, scopes in mapping(way).items()
        ]
        if len(wanted) == 1 and wanted[0] is not None:
            return wanted[0]
    task.notes.append("The operation asks for a way to sign in that no credential can do alone.")
    return None


def _wanted(scheme: Mapping[str, Any], scopes: list[Any]) -> WantedCredential | None:
    match text(scheme.get("type")).lower(), text(scheme.get("scheme")).lower():
        case "http", "basic":
            return WantedCredential("basic", {})
        case ("http", "bearer") | ("openidconnect", _):
            return WantedCredential("bearer", {})
        case "apikey", _ if scheme.get("in") in ("header", "query"):
            return WantedCredential("api_key", {"name": text(scheme.get("name")), "place": scheme["in"]})
        case "oauth2", _:
            flow = mapping(mapping(scheme.get("flows")).get("clientCredentials"))
            if not flow:
                return WantedCredential("bearer", {})
            values = {"token_url": text(flow.get("tokenUrl")), "scopes": [text(one) for one in scopes]}
            return WantedCredential("oauth2_client", {name: value for name, value in values.items() if value})
        case _:
            return None


def _is_default(declared: ValueType, found: Any) -> bool:
    try:
        check_value(found)
    except ValueRefused:
        return False
    return accepts(declared, found)


def _escaped(written: str) -> str:
    """A text of the document in which braces are only braces; the places of a path are put back one by one."""
    return written.replace("{", "{{").replace("}", "}}")
