"""A compiled graph as numbers: which edges each task waits for and settles, built once for all jobs of the version.

Tasks are numbered as they stand in the graph, edges in edge order. A *slot* is an input of a task or an output of the
workflow, which collects its value in the same way. An edge without a slot carries order alone. A *lane* is where one run of
a task can be at a time: the task itself, or one item of a for-each, numbered so that a task is its own first lane.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from domain.graph import ERROR, Graph, GraphEdge, GraphInput, GraphTask, Path
from domain.jobs.run import Binding, Run

INDEXES_MAX = 256

WORKFLOW = -1
"""The number that stands for the workflow itself, as the source or the target of an edge."""
NO_SLOT = -1
NONE = -1


class GraphIndex:
    """The numbers of one graph, and the counts with which each of its jobs begins; never changed after it is built."""

    __slots__ = (
        "compensated",
        "compensations",
        "counted_edges",
        "dead_on_success",
        "doomed_at_start",
        "edge_paths",
        "edge_routes",
        "edge_slots",
        "edge_sources",
        "edge_targets",
        "edge_waiting",
        "first_bindings",
        "first_gathered",
        "first_runs",
        "from_workflow",
        "graph",
        "heavy",
        "heavy_at_once_max",
        "inputs_open",
        "item_slots",
        "names",
        "needs_any",
        "numbers",
        "order_edges",
        "outgoing",
        "output_slots",
        "ready_at_start",
        "slot_edges",
        "slot_fallback",
        "slot_inputs",
        "slots_open",
        "takers",
        "task_slots",
        "tasks",
    )

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.tasks: tuple[GraphTask, ...] = graph.tasks
        self.names = tuple(task.name for task in graph.tasks)
        self.numbers = {name: number for number, name in enumerate(self.names)}
        self.heavy = [task.heavy for task in graph.tasks]
        self.heavy_at_once_max = max(1, graph.heavy_at_once_max)  # With none at once, a heavy task could never start.
        self.needs_any = [task.join == "any" for task in graph.tasks]
        self.first_runs: list[Run | None] = [None] * len(graph.tasks)  # Shared by all jobs, made when first needed.
        # Of each task the number of the one it undoes, or NONE; and which task undoes each.
        self.compensated = [self._number(task.compensates) if task.compensates else NONE for task in graph.tasks]
        self.compensations = {task: number for number, task in enumerate(self.compensated) if task != NONE}
        self.takers: dict[str, list[int]] = {}  # by the name of a message, the tasks that wait for it
        for number, task in enumerate(graph.tasks):
            if task.takes is not None:
                self.takers.setdefault(task.takes, []).append(number)
        self._number_slots()
        self._number_edges(graph.edges)
        self._count()

    def _number_slots(self) -> None:
        self.slot_inputs: list[GraphInput] = []
        self.task_slots = [self._slots(task.inputs) for task in self.tasks]
        self.output_slots = self._slots(self.graph.outputs)
        self.slot_edges: list[list[int]] = [[] for _ in self.slot_inputs]
        self.item_slots = {  # The input whose list a for-each runs over.
            task: next(slot for slot in self.task_slots[task] if self.slot_inputs[slot].name == declared.for_each.input)
            for task, declared in enumerate(self.tasks)
            if declared.for_each is not None
        }
        # What an input without a delivered edge is given; None: it cannot do without, and dooms its task.
        self.slot_fallback = [_fallback(declared) for declared in self.slot_inputs]

    def _slots(self, inputs: Iterable[GraphInput]) -> range:
        first = len(self.slot_inputs)
        self.slot_inputs.extend(inputs)
        return range(first, len(self.slot_inputs))

    def _number_edges(self, edges: tuple[GraphEdge, ...]) -> None:
        self.edge_sources = [self._number(edge.source) for edge in edges]
        self.edge_targets = [self._number(edge.target) for edge in edges]
        # Who waits for each edge: its target, but nobody (as of the workflow itself) where the target has no part in the way forward.
        self.edge_waiting = [
            WORKFLOW if target != WORKFLOW and self.compensated[target] != NONE else target
            for target in self.edge_targets
        ]
        self.edge_paths: list[Path] = [edge.path or () for edge in edges]
        self.edge_routes = [edge.route for edge in edges]
        self.edge_slots = [NO_SLOT] * len(edges)
        self.first_bindings: list[Binding | None] = [None] * len(edges)  # To the first run of the edge's source.
        self.first_gathered: list[Binding | None] = [None] * len(self.slot_inputs)  # To the first runs of all of them.
        self.dead_on_success: frozenset[int] = frozenset(self._error_edges())
        self.order_edges: list[list[int]] = [[] for _ in self.tasks]
        self.outgoing: list[list[int]] = [[] for _ in self.tasks]
        self.from_workflow: list[int] = []
        slots = {
            (target, self.slot_inputs[slot].name): slot
            for target, taken in [*enumerate(self.task_slots), (WORKFLOW, self.output_slots)]
            for slot in taken
        }
        for number, edge in enumerate(edges):
            source, target = self.edge_sources[number], self.edge_targets[number]
            (self.from_workflow if source == WORKFLOW else self.outgoing[source]).append(number)
            if edge.path is not None and edge.route is None and edge.input is not None:
                slot = self.edge_slots[number] = slots[target, edge.input]
                self.slot_edges[slot].append(number)
            elif target != WORKFLOW:
                self.order_edges[target].append(number)
        over = set(self.item_slots.values())
        self.counted_edges = frozenset(edge for edge, slot in enumerate(self.edge_slots) if slot in over)

    def _number(self, task: str | None) -> int:
        return WORKFLOW if task is None else self.numbers[task]

    def _error_edges(self) -> Iterable[int]:
        # The error of a task is no output: a task that succeeded has none, whatever its facts say.
        declared = [any(output.name == ERROR for output in task.outputs) for task in self.tasks]
        for number, path in enumerate(self.edge_paths):
            source = self.edge_sources[number]
            if path and path[0] == ERROR and source != WORKFLOW and not declared[source]:
                yield number

    def _count(self) -> None:
        self.slots_open = [len(edges) for edges in self.slot_edges]
        self.inputs_open = [sum(1 for slot in slots if self.slots_open[slot]) for slots in self.task_slots]
        self.doomed_at_start: dict[int, int] = {}
        self.ready_at_start: list[int] = []
        for number, slots in enumerate(self.task_slots):
            if self.compensated[number] != NONE:
                continue
            for slot in slots:
                if not self.slots_open[slot] and self.slot_fallback[slot] is None:
                    self.doomed_at_start.setdefault(number, slot)
            if not self.inputs_open[number] and not self.order_edges[number] and number not in self.doomed_at_start:
                self.ready_at_start.append(number)

    def lane(self, run: Run) -> int:
        """The lane of a run of one of these tasks."""
        number = self.numbers[run.task]
        return number if run.item is None else number + (run.item + 1) * len(self.tasks)

    def task_of(self, lane: int) -> int:
        """The number of the task whose lane this is."""
        return lane % len(self.tasks)

    def item_of(self, lane: int) -> tuple[int, int]:
        """The number of the task and the item of a lane that is an item's; the item of a task's own lane is -1."""
        item, task = divmod(lane, len(self.tasks))
        return task, item - 1

    def declared(self, lane: int) -> GraphTask:
        """The task whose lane this is, as compiled."""
        return self.tasks[lane % len(self.tasks)]

    def first_run(self, number: int) -> Run:
        """The first run of a task: one object for all jobs, so that runs are mostly compared by identity."""
        run = self.first_runs[number]
        if run is None:
            run = self.first_runs[number] = Run(task=self.names[number])
        return run


_CONSTANT = Binding(given="constant")
_DEFAULT = Binding(given="default")
_NOTHING = Binding(given="nothing")
_NONE_GATHERED = Binding(gathered=())


def _fallback(declared: GraphInput) -> Binding | None:
    if declared.constant is not None:
        return _CONSTANT
    if declared.default is not None:
        return _DEFAULT
    if declared.required:
        return None
    return _NONE_GATHERED if declared.gather else _NOTHING


_EMPTY = GraphIndex(Graph())
_indexes: OrderedDict[int, GraphIndex] = OrderedDict()


def index_of(graph: Graph | None) -> GraphIndex:
    """The index of a graph, built when it is first asked for; of None: that of a job that has not started."""
    if graph is None:
        return _EMPTY
    index = _indexes.get(id(graph))  # An index holds its graph, so no other graph has this id while it is kept.
    if index is None:
        index = _indexes[id(graph)] = GraphIndex(graph)
        if len(_indexes) > INDEXES_MAX:
            _indexes.popitem(last=False)
    return index
