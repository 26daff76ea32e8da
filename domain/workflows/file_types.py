"""Variables and types as a workflow file has them: the type's limits stand beside the name, fields are named, not listed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_GIVEN = ("default", "sample")
_INSIDE = ("items", "rows")
"""The parts of a type that are types."""


def written_variable(form: Mapping[str, Any]) -> dict[str, Any]:
    """The form of a variable as a file has it, without its name: `{"type": "decimal", "scale": 2, "required": False}`."""
    written = _written_type(form["type"])
    for name, value in form.items():
        if name in _GIVEN:
            if value is not None:
                written[name] = value["value"]
        elif name not in ("name", "type"):
            written[name] = value
    return written


def read_variable(name: str, written: Mapping[str, Any]) -> dict[str, Any]:
    """The form of a variable that a file holds under its name; raises KeyError or TypeError where it is no such thing."""
    own = {key: written[key] for key in ("label", "description", "required") if key in written}
    given = {key: {"value": written[key]} for key in _GIVEN if key in written}
    limits = {key: value for key, value in written.items() if key not in own and key not in given}
    return {"name": name, "type": _read_type(limits), **own, **given}


def _written_type(form: Mapping[str, Any]) -> dict[str, Any]:
    written = dict(form)
    if isinstance(form.get("fields"), list):
        written["fields"] = {field["name"]: _written_field(field) for field in form["fields"]}
    for part in _INSIDE:
        if isinstance(form.get(part), dict):
            written[part] = _written_type(form[part])
    return written


def _written_field(field: Mapping[str, Any]) -> dict[str, Any]:
    return {**_written_type(field["type"]), **({} if field.get("required", True) else {"required": False})}


def _read_type(written: Mapping[str, Any]) -> dict[str, Any]:
    form = dict(written)
    if isinstance(written.get("fields"), dict):
        form["fields"] = [_read_field(name, field) for name, field in written["fields"].items()]
    for part in _INSIDE:
        if isinstance(written.get(part), dict):
            form[part] = _read_type(written[part])
    return form


def _read_field(name: str, written: Any) -> Any:
    if not isinstance(written, dict):
        return written  # Refused, with its place, by what reads the type.
    own = {"required": written["required"]} if "required" in written else {}
    return {"name": name, "type": _read_type({key: written[key] for key in written if key not in own}), **own}
