"""The values of a credential as a person gives them: secret ones are typed unseen or read from a file, never arguments."""

from __future__ import annotations

import getpass
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.refused import Refused

_WHOLE = re.compile(r"-?[0-9]{1,18}")


class ValuesWrong(Refused):
    """Expected values of a credential, but got something else."""


@dataclass(frozen=True, slots=True)
class Change:
    """Fields and their values."""

    values: dict[str, Any]


def read_change(
    kind: dict[str, Any], given: Sequence[str], file: Path | None, wanted: Sequence[str], *, anew: bool
) -> Change:
    """The values that were given; `wanted` secrets are asked for, of a credential that is made anew also those it cannot do without.

    What is read from a file is never repeated.
    """
    values = {**_from_file(file), **dict(_field(kind, each) for each in given)}
    secret = kind["secretFields"]
    needed = kind["schema"]["required"] if anew else []
    for name in dict.fromkeys([*(name for name in needed if name in secret and name not in values), *wanted]):
        if name not in secret:
            raise ValuesWrong(f"Expected a secret field of {', '.join(secret)} to ask for, but {name} is none.")
        values[name] = _ask(name)
    return Change(values)


def _field(kind: dict[str, Any], given: str) -> tuple[str, Any]:
    name, equals, text = given.partition("=")
    schema = kind["schema"]["properties"].get(name)
    if not equals or schema is None:
        fields = ", ".join(kind["schema"]["properties"])
        raise ValuesWrong(f"Expected field=value with one of the fields {fields}, but got {name!r:.60}.")
    if name in kind["secretFields"]:
        raise ValuesWrong(
            f"Expected fields that are not secret after --set, but {name} is: others could read it in the list of processes. "
            "It is asked for, or read from --values."
        )
    match schema.get("type"):
        case "integer":
            return name, int(text) if _WHOLE.fullmatch(text) else text
        case "boolean":
            return name, {"true": True, "false": False}.get(text, text)
        case "array":
            return name, [part.strip() for part in text.split(",") if part.strip()]
        case _:
            return name, text


def _from_file(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        found = json.loads(sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict):
        raise ValuesWrong("Expected a JSON object of fields and their values, but got something else.")
    return found


def _ask(name: str) -> str:
    if not sys.stdin.isatty():
        raise ValuesWrong(f"Expected the secret field {name}, but nobody can be asked here; give it with --values.")
    return getpass.getpass(f"{name}: ")
