"""The JSON Schema of workflow files, made of the models of kinds, types and policies, so that editors complete and check them.

`python -m domain.workflows.file_schema > docs/workflow.schema.json` prints it. It is of draft 7, which all editors know.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from domain.kinds import KINDS, Kind
from domain.types import ValueType
from domain.variables import NAME_PATTERN
from domain.workflows.design import Place, Policy
from domain.workflows.operations import PlaceNote, SetLimit, SetTimeLimit
from domain.workflows.portable import FORMAT

Schema = dict[str, Any]

_ANYTHING: Schema = {}
_TEXT: Schema = {"type": "string"}
_LINK: Schema = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 2}]}
_LINKS: dict[str, Schema] = {
    "from": {
        "description": "What feeds it: `inputs.limit`, `find.total`, a field inside as `find.total.net`; of several the first that delivers wins.",
        "anyOf": [_TEXT, {"type": "array", "items": _LINK}],
    },
    "gather": {"description": "Whether a list takes all that its links deliver.", "type": "boolean"},
}
_CONSTANT: dict[str, Schema] = {
    "constant": {"description": "A value instead of a link, or beside links that may all die."}
}
_SAID: dict[str, Schema] = {
    "label": {"description": "What it is called."},
    "description": {"description": "What it is for."},
    "required": {"description": "Whether it must have a value; true if left out.", "type": "boolean"},
    "default": {"description": "The value that stands in when none is given."},
    "sample": {"description": "A value for previews."},
}
_WORDS: Schema = {"type": "array", "items": _TEXT}
_TEMPLATE: dict[str, Schema] = {
    "slug": {"description": "Its name in addresses; the name of the file if left out.", **_TEXT},
    "industries": {"description": "Who would use it, as `banking`.", **_WORDS, "minItems": 1},
    "purposes": {"description": "What for, as `approval`.", **_WORDS},
    "tags": {"description": "What else it is listed under.", **_WORDS},
    "words": {"description": "Words by which it is found as well.", **_WORDS},
    "language": {"description": "The language of its texts, as BCP 47 has it; `en` if left out.", **_TEXT},
    "author": {"description": "Who wrote it.", **_TEXT},
}


def file_schema(kinds: Iterable[Kind[Any]] | None = None) -> Schema:
    """The schema of files whose tasks are of these kinds; without any, of all that are registered."""
    defined = {
        "name": {"pattern": NAME_PATTERN},
        "items": _typed({}),
        "field": _typed({"required": _SAID["required"]}),
        "variable": _typed(_SAID),
        "output": _typed({**_SAID, **_LINKS}),
        "input": {
            "anyOf": [
                {"description": "Where it comes from, of an input that is not declared.", "type": "string"},
                _object({**_LINKS, **_CONSTANT}),
                _typed({**_SAID, **_LINKS, **_CONSTANT}),
            ]
        },
    }
    tasks: list[Schema] = []
    for kind in KINDS.values() if kinds is None else kinds:
        own, more = _parts(kind.config)
        defined |= more
        tasks.append(_task(kind, own))
    policies, more = _parts(Policy)
    defined |= more
    note, more = _parts(PlaceNote)
    held = {name: note[name] for name in ("text", "place", "width", "height")}
    defined |= {**more, "note": _object(held, required=("text", "place"))}
    for task in tasks:
        task["properties"] |= {name: _short(name, policies[name]) for name in policies}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Workflow file",
        "description": "A workflow as one file: docs/workflow-file.md says what each part means.",
        **_object(_file(), required=("format", "name")),
        "definitions": {**dict(sorted(defined.items())), "task": {"oneOf": tasks}},
    }


def _file() -> dict[str, Schema]:
    limit, _ = _parts(SetLimit)
    time_limit, _ = _parts(SetTimeLimit)
    return {
        "format": {"description": "The form of the file.", "const": FORMAT},
        "name": {"description": "The workflow's name.", "type": "string", "minLength": 1},
        "description": {"description": "What the workflow is for."},
        "template": {
            "description": "What the library says of the workflow where it is imported as a template.",
            **_object(_TEMPLATE, required=("industries",)),
        },
        "heavy_at_once_max": {
            "description": "How many heavy tasks of a job run at once.",
            **limit["heavy_at_once_max"],
        },
        "time_limit_seconds": {
            "description": "After how long a job times out, waiting included.",
            **time_limit["time_limit_seconds"],
        },
        "inputs": {"description": "What a job is started with.", **_named("variable")},
        "tasks": {"description": "The steps, by name; their order follows from the links.", **_named("task")},
        "outputs": {"description": "What a job gives.", **_named("output")},
        "notes": {"description": "Texts beside the tasks, by name.", **_named("note")},
    }


def _task(kind: Kind[Any], own: Mapping[str, Schema]) -> Schema:
    settings = {name: _setting(name, schema) for name, schema in own.items() if name not in ("inputs", "outputs")}
    place, _ = _parts(Place)
    properties: dict[str, Schema] = {
        "kind": {"description": kind.help, "const": kind.name},
        "label": {"description": "What it is called."},
        "description": {"description": "What it does."},
        "after": {
            "description": "The routes that it waits for, as `sure.false` or `pay.done`.",
            "type": "array",
            "items": _LINK,
        },
        **settings,
        "inputs": _named("input"),
        **({"outputs": _named("variable")} if "outputs" in own else {}),
        "config": {"description": "The configuration as a whole, where its kind cannot read it.", "type": "object"},
        "place": {
            "description": "Where it is drawn; left out, the layout places it.",
            **_object(place, required=place),
        },
    }
    return {"title": kind.title, **_object(properties, required=("kind",))}


def _setting(name: str, schema: Schema) -> Schema:
    if name != "code":
        return schema
    beside = _object({"file": {"description": "A file beside the workflow's.", "type": "string"}}, required=("file",))
    return {"anyOf": [schema, beside]}


def _short(name: str, schema: Schema) -> Schema:
    return {"anyOf": [_TEXT, *schema["anyOf"]]} if name == "for_each" else schema


def _typed(beside: Mapping[str, Schema]) -> Schema:
    """A type with its limits, and what stands beside them."""
    union, *_ = get_args(ValueType)
    return {"oneOf": [_of_type(declared, beside) for declared in get_args(union)]}


def _of_type(declared: type[BaseModel], beside: Mapping[str, Schema]) -> Schema:
    limits, _ = _parts(declared)
    wire = limits.pop("type")["const"]
    for name, held in (
        ("fields", {"type": "object", "additionalProperties": {"$ref": "#/definitions/field"}}),
        ("items", {"$ref": "#/definitions/items"}),
        ("rows", {"$ref": "#/definitions/items"}),
    ):
        if name in limits:
            limits[name] = held
    kind = {"type": {"description": _sentence(declared), "const": wire}}
    return _object({**kind, **limits, **beside}, required=("type",))


def _named(definition: str) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"$ref": "#/definitions/name"},
        "additionalProperties": {"$ref": f"#/definitions/{definition}"},
    }


def _object(properties: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    needed = list(required)
    return {
        "type": "object",
        "properties": dict(properties),
        **({"required": needed} if needed else {}),
        "additionalProperties": False,
    }


def _parts(model: type[BaseModel]) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """The properties of a model, without what pydantic adds for itself, and the definitions they lead to."""
    schema = _plain(model.model_json_schema(ref_template="#/definitions/{model}"))
    known: dict[str, Schema] = schema.get("$defs", {})
    if "$ref" in schema:  # Of a model that holds itself.
        schema = known[schema["$ref"].removeprefix("#/definitions/")]
    properties: dict[str, Schema] = schema["properties"]
    own = {name: one for name, one in properties.items() if name not in ("inputs", "outputs")}
    found: dict[str, Schema] = {}
    waiting = list(_references(own))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = known[name]
            waiting += _references(known[name])
    return properties, found


def _plain(part: Any) -> Any:
    if isinstance(part, list):
        return [_plain(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        name: _plain(item)
        for name, item in part.items()
        if not (name == "title" and isinstance(item, str)) and not (name == "default" and item in (None, [], {}))
    }


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for item in part:
            yield from _references(item)
    elif isinstance(part, dict):
        for name, item in part.items():
            if name == "$ref":
                yield item.removeprefix("#/definitions/")
            else:
                yield from _references(item)


def _sentence(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def schema_text(schema: Schema) -> str:
    """The schema as it is printed and served."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(schema_text(file_schema()), end="")  # noqa: T201 - it is printed
