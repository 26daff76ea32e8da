"""Compiles a design to the graph that jobs run on: kinds applied, reviews wired, everything that scheduling needs in place."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from hashlib import sha256
from types import MappingProxyType

from domain.graph import Asks, Executes, ForEach, Graph, GraphEdge, GraphInput, GraphTask
from domain.kinds.human_review import REVIEWED
from domain.refusals import Refusal
from domain.types import always_fits
from domain.values import RECORD_LEVELS_MAX, encode_canonical
from domain.workflows.design import Design, InputSetting, Task
from domain.workflows.sub_workflows import SubWorkflow, SubWorkflows, executed
from domain.workflows.wiring import Wired, Wiring

ENGINE_RULES = 1
NONE_FOUND: SubWorkflows = MappingProxyType({})
COMPILED_KEPT_MAX = 4
_COMPILED: deque[tuple[Design, SubWorkflows, bytes]] = deque(maxlen=COMPILED_KEPT_MAX)


class DesignIncomplete(Refusal):
    """Expected every task to be configured, but {task} cannot be compiled; the checks of the draft say why."""


def compile_design(design: Design, sub_workflows: SubWorkflows = NONE_FOUND) -> Graph:
    """The graph of a design; one whose checks have no errors can always be compiled. The workflows it executes are pinned in it."""
    wiring = Wiring(design)
    return Graph(
        rules=ENGINE_RULES,
        inputs=tuple(variable.as_output() for variable in design.inputs.values()),
        outputs=tuple(output.variable.as_input(gather=output.gather) for output in design.outputs.values()),
        tasks=tuple(_task(wiring, wired, sub_workflows) for wired in wiring.tasks.values()),
        edges=tuple(_edges(wiring)),
        heavy_at_once_max=design.heavy_at_once_max,
        time_limit_seconds=design.time_limit_seconds,
    )


def compiled(design: Design, sub_workflows: SubWorkflows = NONE_FOUND) -> bytes:
    """The graph of a design as it is stored. The last ones are remembered: the decider compiles what has just been compiled for it."""
    for known, subs, content in _COMPILED:
        if known is design and subs == sub_workflows:
            return content
    content = graph_bytes(compile_design(design, sub_workflows))
    _COMPILED.appendleft((design, sub_workflows, content))
    return content


def graph_bytes(graph: Graph) -> bytes:
    """The graph as canonical JSON, as it is stored."""
    return encode_canonical(graph.model_dump(mode="json"), levels_max=RECORD_LEVELS_MAX)


def graph_hash(content: bytes) -> str:
    """The content hash of a graph's bytes, by which a version and its jobs name it: SHA-256 in lower-case hex."""
    return sha256(content).hexdigest()


def _task(wiring: Wiring, wired: Wired, sub_workflows: SubWorkflows) -> GraphTask:
    task = wired.task
    if wired.kind is None or wired.config is None or wired.inputs is None or wired.outputs is None:
        raise DesignIncomplete(task=task.name)
    return GraphTask(
        name=task.name,
        label=task.label if isinstance(task.label, str) else "",
        kind=task.kind,
        config=wired.config.model_dump(mode="json"),
        inputs=tuple(_inputs(wired)),
        outputs=tuple(variable.as_output() for variable in wired.own_outputs or ()),
        routes=wired.kind.routes(wired.config),
        join=task.policy.join,
        on_error=task.policy.on_error,
        time_limit_seconds=task.policy.time_limit_seconds,
        heavy=wired.is_heavy,
        repetition=wired.kind.repetition_of(wired.config),
        reviews=wired.reviews,
        retry=task.policy.retry,
        compensates=task.policy.compensates,
        takes=wired.kind.takes(wired.config),
        by_workers=wired.kind.by_workers,
        asks=_asks(wiring, wired),
        executes=_executes(task, sub_workflows),
        for_each=_for_each(task),
    )


def _asks(wiring: Wiring, wired: Wired) -> Asks | None:
    """Whom its runs ask from their start on; where what is shown may not be what was declared, a runner has to look before."""
    if wired.kind is None or wired.config is None or (asks := wired.kind.asks(wired.config)) is None:
        return None
    edges = [edge for name in wired.inputs or () for edge in wiring.feeding.get((wired.task.name, name), ())]
    fit = all(always_fits(wiring.type_given(edge), wiring.type_wanted(edge)) is None for edge in edges)
    return asks if fit else None


def _executes(task: Task, sub_workflows: SubWorkflows) -> Executes | None:
    name = executed(task)
    if name is None:
        return None
    found = sub_workflows.get(name)
    if not isinstance(found, SubWorkflow):
        raise DesignIncomplete(task=task.name)
    return Executes(workflow_id=found.workflow_id, workflow_version=found.number, graph=found.graph)


def _for_each(task: Task) -> ForEach | None:
    asked = task.policy.for_each
    return None if asked is None else ForEach.model_validate(asked.model_dump())


def _inputs(wired: Wired) -> Iterator[GraphInput]:
    for variable in wired.own_inputs or ():
        setting = wired.task.settings.get(variable.name, InputSetting())
        yield variable.as_input(constant=setting.constant, gather=setting.gather)


def _edges(wiring: Wiring) -> Iterator[GraphEdge]:
    # A review stands first among what follows its task: all outputs together, to the one input that brings them.
    for name, wired in wiring.tasks.items():
        if wired.reviews is not None:
            yield GraphEdge(source=wired.reviews, path=(), target=name, input=REVIEWED)
    for edge in wiring.design.edges:
        yield GraphEdge(source=edge.source, path=edge.path, route=edge.route, target=edge.target, input=edge.input)
