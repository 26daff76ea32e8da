"""What the checks promise of types: a run meets a type error at a link only where a check has named the link."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from domain.graph import Graph, GraphTask
from domain.jobs import commands as ask
from domain.jobs.events import TaskStarted
from domain.jobs.facts import facts
from domain.jobs.run import Binding, Failure, Run, Source
from domain.types import ListType, ObjectType, ValueType, fits
from domain.values import value_at
from domain.variables import Variable
from domain.workflows import operations as ops
from domain.workflows.checks import blocking, check
from domain.workflows.compile import compile_design
from domain.workflows.design import Design, Edge, ForEach, InputSetting, Policy
from domain.workflows.editing import edit
from domain.workflows.wiring import Wiring
from runner.acting import _wrong
from tests.domain.jobs.play import AT, JOB, WORKFLOW, Play
from tests.domain.typed_values import random_type, random_value, varied

TASKS = ("a", "b", "c", "d", "e")
STEPS_MAX = 500
Place = tuple[str, str]


def random_workflow(random: Random) -> Design:
    """Code tasks whose inputs are fed by what may fit: whole, by a field, gathered, or item by item."""
    names = ("x", "y", "z")
    design = edit(Design(), [ops.DeclareInput(input=_variable(random, name, random_type(random))) for name in names])[1]
    for task in TASKS:
        design = _with_task(random, design, task)
    return design


def _variable(random: Random, name: str, of: ValueType) -> Variable:
    return Variable(name=name, type=of, required=random.random() < 0.7)


def _made_by_code(random: Random) -> ValueType:
    while "file" in (made := random_type(random)).model_dump_json():
        continue
    return made


def _with_task(random: Random, design: Design, task: str) -> Design:
    sources = list(_sources(design))
    inputs: list[Variable] = []
    edges: list[Edge] = []
    more: list[ops.Operation] = []
    over: str | None = None
    for name in ("x", "y", "z"):
        source, path, given = random.choice(sources)
        wanted = given if given is not None and random.random() < 0.4 else varied(random, given)
        edge = Edge(source=source, path=path, target=task, input=name)
        shape = random.random()
        if over is None and shape < 0.25 and isinstance(given, ListType) and given.items is not None:
            over, wanted = name, varied(random, given.items)
            if fits(given, ListType(items=wanted)) is not None:
                over = None
                continue
        elif fits(given, wanted) is not None:
            continue
        elif shape > 0.8:
            wanted = ListType(items=wanted)
            more.append(ops.SetTaskInput(task=task, input=name, setting=InputSetting(gather=True)))
        inputs.append(Variable(name=name, type=wanted, required=random.random() < 0.8))
        edges.append(edge)
    outputs = [_variable(random, name, _made_by_code(random)) for name in ("p", "q")]
    config = {"code": "p = 1", "inputs": _plain(inputs), "outputs": _plain(outputs)}
    policy = Policy(
        on_error=random.choice(("fail_job", "error_route")), for_each=None if over is None else ForEach(input=over)
    )
    added = ops.AddTask(task=task, kind="code", config=config, policy=policy)
    return edit(design, [added, *more, *(ops.ConnectEdge(edge=one) for one in edges)])[1]


def _plain(variables: list[Variable]) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json", exclude_defaults=True) for one in variables]


def _sources(design: Design) -> list[tuple[str | None, tuple[str, ...], ValueType | None]]:
    found: list[tuple[str | None, tuple[str, ...], ValueType | None]] = []
    wiring = Wiring(design)
    places: list[tuple[str | None, Variable]] = [(None, one) for one in design.inputs.values()]
    places += [(name, one) for name, wired in wiring.tasks.items() for one in wired.given or ()]
    for task, variable in places:
        found.append((task, (variable.name,), variable.type))
        if isinstance(variable.type, ObjectType) and (task is None or wiring.tasks[task].over is None):
            fields = [(each.name, each.type) for each in variable.type.fields or ()]
            found += [(task, (variable.name, name), of) for name, of in fields]
            found += [] if variable.type.fields is not None else [(task, (variable.name, "x"), None)]
    return found


class Values:
    """Runs a job with values of the declared types, and keeps which inputs of which tasks were given something else."""

    def __init__(self, graph: Graph, random: Random) -> None:
        self.graph, self.random = graph, random
        self.play = Play(graph)
        self.kept: dict[str, dict[str, Any]] = {}
        self.wrong: set[Place] = set()
        self.linked = 0

    def drive(self) -> None:
        inputs = self.drawn(self.graph.inputs)
        self.kept[""] = inputs
        start = ask.StartJob(
            at=AT,
            job_id=JOB,
            workflow_id=WORKFLOW,
            workflow_version=1,
            graph="hash",
            inputs=inputs,
            facts=facts(self.graph, None, inputs),
        )
        self.play.send(start)
        for _ in range(STEPS_MAX):
            if self.play.job.ended is not None:
                return
            self.step(self.random.choice(self.play.job.running()))
        pytest.fail("the job did not end")

    def step(self, run: Run) -> None:
        task = self.graph.named[run.task]
        self.look(task, run)
        if task.on_error == "error_route" and self.random.random() < 0.2:
            error = Failure(code="BROKEN", message="It broke.")
            self.play.send(ask.RecordTaskFailed(at=AT, job_id=JOB, run=run, error=error))
            return
        outputs = self.drawn(task.outputs)
        self.kept[run.text] = outputs
        told = facts(self.graph, run.task, outputs)
        self.play.send(ask.RecordTaskSucceeded(at=AT, job_id=JOB, run=run, outputs=outputs, facts=told))

    def look(self, task: GraphTask, run: Run) -> None:
        started = self.play.log[(self.play.job.start_version(run) or 0) - 1]
        assert isinstance(started, TaskStarted)
        given = {each.name: self.bound(started.bindings.get(each.name)) for each in task.inputs}
        self.linked += sum(value is not None for value in given.values())
        for detail in _wrong(task, given):
            name = detail.path.partition(".")[0].partition("[")[0]
            self.wrong.add((task.name, name))

    def bound(self, binding: Binding | None) -> Any:
        if binding is None or binding.given is not None:
            return None
        if binding.gathered is not None:
            return [self.read(each) for each in binding.gathered]
        return None if binding.source is None else self.read(binding.source)

    def read(self, source: Source) -> Any:
        found = self.at(source)
        return found if source.item is None else found[source.item]

    def at(self, source: Source) -> Any:
        if source.run is None:
            return value_at(self.kept[""], source.path)
        if source.run.text in self.kept:
            return value_at(self.kept[source.run.text], source.path)
        runs = [Run(task=source.run.task, item=item) for item in range(len(self.kept))]
        return [value_at(self.kept[run.text], source.path) for run in runs if run.text in self.kept]

    def drawn(self, declared: Any) -> dict[str, Any]:
        drawn = {}
        for each in declared:
            value = random_value(self.random, each.type)
            assert value is not None or not each.required, f"no value of {each.type} was found"
            drawn[each.name] = value if each.required or self.random.random() < 0.7 else None
        return drawn


@pytest.mark.parametrize("block", range(4))
def test_a_type_error_at_a_link_happens_only_where_a_check_names_it(block: int) -> None:
    ran = errors = 0
    for seed in range(block * 10, block * 10 + 10):
        random = Random(seed)
        design = random_workflow(random)
        found = check(design)
        if blocking(found):
            continue
        named = {one.place for one in found if one.code == "TYPE_MAY_DIFFER"}
        for _ in range(2):
            values = Values(compile_design(design), random)
            values.drive()
            ran += values.linked
            errors += len(values.wrong)
            assert {f"tasks.{task}.inputs.{name}" for task, name in values.wrong} <= named, seed
    # What is promised would be promised of nothing if values never flowed, or never were wrong where that is said.
    assert ran > 50
    assert errors > 0
