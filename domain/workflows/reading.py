"""Reads the plain object of a workflow file to edits; everything that cannot be read is named at once, with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from domain.refusals import Detail
from domain.values import ValueRefused, check_value, kind_of, shorten
from domain.workflows.file_types import read_variable
from domain.workflows.misread import misread, shown
from domain.workflows.operations import OPERATION, Operation
from domain.workflows.portable import FORMAT, TASK_KEYS, WorkflowFile, WorkflowFileRefused

DETAILS_MAX = 100

_FILE_KEYS = (
    "format",
    "name",
    "description",
    "template",
    "heavy_at_once_max",
    "time_limit_seconds",
    "inputs",
    "tasks",
    "outputs",
    "notes",
)
_LINK_KEYS = ("from", "constant", "gather")
_POLICY_KEYS = ("join", "on_error", "time_limit_seconds", "heavy", "retry", "compensates", "for_each", "expects")

_NOTE_KEYS = ("text", "place", "width", "height")


def read_workflow(content: Any) -> WorkflowFile:
    """What a file says; raises WorkflowFileRefused, whose details name each place."""
    file, details = scan_workflow(content)
    if details:
        raise WorkflowFileRefused(details=tuple(details[:DETAILS_MAX]), count=len(details))
    return file


def scan_workflow(content: Any) -> tuple[WorkflowFile, list[Detail]]:
    """What of a file can be read, and every place of it that cannot."""
    try:
        check_value(content, path="the file")
    except ValueRefused as refused:
        return WorkflowFile(name="", operations=()), list(refused.details)
    reading = _Reading()
    return reading.file(content), reading.details


class _Reading:
    """Gathers edits and errors while it walks through a file."""

    def __init__(self) -> None:
        self.details: list[Detail] = []
        self._edits: list[tuple[Operation, str]] = []
        self._edges: list[tuple[Operation, str]] = []  # Connected last, when both ends are there.

    def file(self, content: Any) -> WorkflowFile:
        """The whole file."""
        whole = self._mapping(content, "the file")
        for key in whole:
            if key not in _FILE_KEYS:
                self._refuse(shorten(key), f"one of {', '.join(_FILE_KEYS)}", shown(key))
        if whole.get("format") != FORMAT:
            self._refuse("format", FORMAT, shown(whole.get("format")))
        name = whole.get("name")
        if not isinstance(name, str):
            self._refuse("name", "the workflow's name", kind_of(name))
        self._settings(whole)
        self._parts(whole)
        placed = (*self._edits, *self._edges)
        return WorkflowFile(
            name=name if isinstance(name, str) else "",
            operations=tuple(operation for operation, _ in placed),
            places=tuple(place for _, place in placed),
            template=whole.get("template"),
        )

    def _settings(self, whole: Mapping[str, Any]) -> None:
        if whole.get("description") is not None:
            self._edit("description", whole=True, do="describe_workflow", description=whole["description"])
        if "heavy_at_once_max" in whole:
            self._edit("heavy_at_once_max", whole=True, do="set_limit", heavy_at_once_max=whole["heavy_at_once_max"])
        if whole.get("time_limit_seconds") is not None:
            self._edit(
                "time_limit_seconds", whole=True, do="set_time_limit", time_limit_seconds=whole["time_limit_seconds"]
            )

    def _parts(self, whole: Mapping[str, Any]) -> None:
        for key, variable in self._part(whole, "inputs").items():
            place = f"inputs.{key}"
            self._edit(place, do="declare_input", input=self._variable(key, variable, place))
        for key, task in self._part(whole, "tasks").items():
            place = f"tasks.{key}"
            read = self._mapping(task, place)
            if read.get("kind") is not None:
                self._task(key, read, place)
            elif read is task:
                self._refuse(f"{place}.kind", "the kind of the task", "nothing")
        for key, output in self._part(whole, "outputs").items():
            self._output(key, self._mapping(output, f"outputs.{key}"), f"outputs.{key}")
        for key, note in self._part(whole, "notes").items():
            self._note(key, self._mapping(note, f"notes.{key}"), f"notes.{key}")

    def _task(self, name: str, task: Mapping[str, Any], place: str) -> None:
        inputs = self._part(task, "inputs", place)
        declared = [
            self._variable(key, _rest(entry), f"{place}.inputs.{key}") for key, entry in inputs.items() if _rest(entry)
        ]
        outputs = [
            self._variable(key, variable, f"{place}.outputs.{key}")
            for key, variable in self._part(task, "outputs", place).items()
        ]
        own = {key: value for key, value in task.items() if key not in TASK_KEYS}
        self._edit(
            place,
            do="add_task",
            task=name,
            kind=task["kind"],
            label=task.get("label"),
            description=task.get("description"),
            config={
                **self._part(task, "config", place),
                **own,
                **({"inputs": declared} if declared else {}),
                **({"outputs": outputs} if outputs else {}),
            },
            policy={key: _policy(key, task[key]) for key in _POLICY_KEYS if key in task},
            place=task.get("place"),
        )
        for key, entry in inputs.items():
            self._input(name, key, {"from": entry} if isinstance(entry, str) else entry, f"{place}.inputs.{key}")
        for number, origin in enumerate(self._list(task.get("after", []), f"{place}.after")):
            source, *route = self._steps(origin, f"{place}.after[{number}]")
            edge = {"source": source, "route": ".".join(route), "target": name}
            self._connect(f"{place}.after[{number}]", edge)

    def _note(self, name: str, note: Mapping[str, Any], place: str) -> None:
        for key in note:
            if key not in _NOTE_KEYS:
                self._refuse(f"{place}.{shorten(key)}", f"one of {', '.join(_NOTE_KEYS)}", shown(key))
        self._edit(place, do="place_note", note=name, **{key: note[key] for key in _NOTE_KEYS if key in note})

    def _input(self, task: str, name: str, entry: Any, place: str) -> None:
        link = self._mapping(entry, place)
        setting = {"gather": link["gather"]} if "gather" in link else {}
        constant = {"constant": {"value": link["constant"]}} if "constant" in link else {}
        if setting or constant:
            self._edit(place, do="set_task_input", task=task, input=name, setting={**setting, **constant})
        self._links(link, place, {"target": task, "input": name})

    def _output(self, name: str, entry: Mapping[str, Any], place: str) -> None:
        gather = {"gather": entry["gather"]} if "gather" in entry else {}
        self._edit(place, do="declare_output", output=self._variable(name, _rest(entry), place), **gather)
        self._links(entry, place, {"input": name})

    def _links(self, link: Mapping[str, Any], place: str, end: Mapping[str, Any]) -> None:
        if "from" not in link:
            return
        origins = [link["from"]] if isinstance(link["from"], str) else self._list(link["from"], f"{place}.from")
        for number, origin in enumerate(origins):
            at = f"{place}.from" if len(origins) == 1 else f"{place}.from[{number}]"
            source, *path = self._steps(origin, at)
            self._connect(at, {"path": path, **({} if source == "inputs" else {"source": source}), **end})

    def _steps(self, origin: Any, place: str) -> list[str]:
        steps = origin.split(".") if isinstance(origin, str) else origin
        are_texts = isinstance(steps, list) and len(steps) > 1 and all(isinstance(step, str) for step in steps)
        if are_texts and (all(steps) or isinstance(origin, list)):
            return [*steps]
        self._refuse(place, "a task and what of it, like find.total", shown(origin))
        return ["inputs", "unknown"]

    def _connect(self, place: str, edge: Mapping[str, Any]) -> None:
        self._edit(place, into=self._edges, do="connect_edge", edge=edge)

    def _variable(self, name: str, written: Any, place: str) -> dict[str, Any]:
        return read_variable(name, self._mapping(written, place))

    def _edit(
        self, place: str, /, *, into: list[tuple[Operation, str]] | None = None, whole: bool = False, **form: Any
    ) -> None:
        """An edit that the file asks for at a place; of the workflow as a `whole`, the form itself says which."""
        try:
            operation = OPERATION.validate_python(form)
        except ValidationError as error:
            found = misread(error, "" if whole else place, form, skip=1)
            self.details += (replace(one, path=one.path.removeprefix(".")) for one in found)
        else:
            (self._edits if into is None else into).append((operation, place))

    def _part(self, whole: Mapping[str, Any], key: str, place: str = "") -> Mapping[str, Any]:
        found = whole.get(key)
        return {} if found is None else self._mapping(found, f"{place}.{key}" if place else key)

    def _mapping(self, found: Any, place: str) -> Mapping[str, Any]:
        if isinstance(found, dict):
            return found
        self._refuse(place, "an object with names", kind_of(found))
        return {}

    def _list(self, found: Any, place: str) -> list[Any]:
        if isinstance(found, list):
            return found
        self._refuse(place, "a list", kind_of(found))
        return []

    def _refuse(self, place: str, expected: str, found: str) -> None:
        self.details.append(Detail(place, expected, found))


def _rest(entry: Any) -> Any:
    # What stands beside the links of an input: its declaration, where the kind leaves that to the builder.
    return {key: entry[key] for key in entry if key not in _LINK_KEYS} if isinstance(entry, dict) else {}


def _policy(key: str, written: Any) -> Any:
    # Of a for-each the name of the input is enough.
    return {"input": written} if key == "for_each" and isinstance(written, str) else written
