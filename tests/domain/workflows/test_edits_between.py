"""The edits between two designs lead from one to the other, and there are none between equals."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from domain.graph import Given
from domain.types import NumberType, TextType, ValueType
from domain.variables import Variable
from domain.workflows import operations as ops
from domain.workflows.design import Design, Edge, InputSetting, Note, Output, Place, Policy, Task
from domain.workflows.differences import edits_between
from domain.workflows.editing import edit

KINDS = ("code", "decision", "extract_text")
NAMES = ("a", "b", "c", "d")
VARIABLES = ("x", "y", "z", "w")


def _edges() -> list[Edge]:
    """Edges that never lead back, whichever of them a design has."""
    found: list[Edge] = []
    for earlier, later in combinations(NAMES, 2):
        found += [Edge(source=earlier, path=(out,), target=later, input="in") for out in VARIABLES]
        found.append(Edge(source=earlier, route="done", target=later))
    found += [Edge(path=(out,), target=name, input="in") for out in VARIABLES for name in NAMES]
    found += [Edge(source=name, path=("x",), input=out) for out in VARIABLES for name in NAMES]
    return found


def _is_possible(edge: Edge, tasks: dict[str, Task], inputs: set[str], outputs: set[str]) -> bool:
    if any(task is not None and task not in tasks for task in (edge.source, edge.target)):
        return False
    if edge.source is None and edge.path is not None and edge.path[0] not in inputs:
        return False
    return edge.target is not None or edge.input in outputs


_VARIABLE_TYPES: st.SearchStrategy[ValueType] = st.sampled_from([TextType(), NumberType(minimum=1.0)])
_PLACES = st.builds(Place, x=st.sampled_from([0.0, 1.0, 2.0]), y=st.just(0.0))
_SETTINGS = st.sampled_from([InputSetting(gather=True), InputSetting(constant=Given(value="one"))])


@st.composite
def tasks(draw: st.DrawFn) -> dict[str, Task]:
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    return {
        name: Task(
            name=name,
            kind=draw(st.sampled_from(KINDS)),
            label=draw(st.sampled_from([None, "One"])),
            config=draw(st.sampled_from([{}, {"code": "x = 1"}])),
            settings=draw(st.dictionaries(st.sampled_from(["in", "x"]), _SETTINGS)),
            policy=draw(st.sampled_from([Policy(), Policy(join="any", on_error="hold"), Policy(heavy=True)])),
            place=draw(st.none() | _PLACES),
        )
        for name in names
    }


@st.composite
def designs(draw: st.DrawFn) -> Design:
    drawn = draw(tasks())
    inputs = draw(st.dictionaries(st.sampled_from(VARIABLES), _VARIABLE_TYPES))
    outputs = draw(st.dictionaries(st.sampled_from(VARIABLES), st.booleans()))
    notes = draw(st.dictionaries(st.sampled_from(VARIABLES), st.tuples(st.sampled_from(["s", "t"]), _PLACES)))
    possible = [edge for edge in _edges() if _is_possible(edge, drawn, set(inputs), set(outputs))]
    edges = draw(st.lists(st.sampled_from(possible), unique=True)) if possible else []
    return Design(
        description=draw(st.sampled_from([None, "what for"])),
        inputs={name: Variable(name=name, type=declared) for name, declared in inputs.items()},
        outputs={n: Output(variable=Variable(name=n, type=TextType()), gather=g) for n, g in outputs.items()},
        tasks=drawn,
        edges=dict.fromkeys(edges),
        heavy_at_once_max=draw(st.integers(1, 3)),
        notes={name: Note(name=name, text=text, place=place) for name, (text, place) in notes.items()},
    )


def _edges_by_end(design: Design) -> dict[tuple[str | None, str | None], list[Edge]]:
    found: dict[tuple[str | None, str | None], list[Edge]] = {}
    for edge in design.edges:
        found.setdefault((edge.target, edge.input), []).append(edge)
    return found


def _drawn(design: Design) -> Design:
    """The design as it is drawn by edits: configurations as their kinds read them."""
    return edit(Design(), edits_between(Design(), design))[1]


@given(designs(), designs())
def test_the_edits_lead_from_any_design_to_any_other(first: Design, second: Design) -> None:
    before, after = _drawn(first), _drawn(second)
    _, reached = edit(before, edits_between(before, after))
    assert replace(reached, edges={}) == replace(after, edges={})
    assert _edges_by_end(reached) == _edges_by_end(after)
    assert (list(reached.inputs), list(reached.outputs)) == (list(after.inputs), list(after.outputs))
    assert reached.content_hash() == after.content_hash()


@given(designs())
def test_between_equal_designs_there_is_nothing_to_edit(design: Design) -> None:
    assert edits_between(_drawn(design), _drawn(design)) == []


def test_one_changed_setting_is_one_edit() -> None:
    task = Task(name="a", kind="code", config={"code": "x = 1"})
    before = Design(tasks={"a": task})
    after = Design(tasks={"a": task.model_copy(update={"config": {"code": "x = 2"}})})
    assert edits_between(before, after) == [ops.ConfigureTask(task="a", config={"code": "x = 2"})]


def test_a_task_of_another_kind_is_made_anew_with_its_edges() -> None:
    edge = Edge(source="a", route="done", target="b")
    two = {"a": Task(name="a", kind="code"), "b": Task(name="b", kind="code")}
    before = Design(tasks=two, edges={edge: None})
    after = Design(tasks={**two, "b": Task(name="b", kind="decision")}, edges={edge: None})
    assert edits_between(before, after) == [
        ops.RemoveTask(task="b"),
        ops.AddTask(task="b", kind="decision"),
        ops.ConnectEdge(edge=edge),
    ]


def test_a_place_is_taken_back_or_kept_where_none_is_named() -> None:
    placed = Task(name="a", kind="code", place=Place(x=1.0, y=2.0))
    before, after = Design(tasks={"a": placed}), Design(tasks={"a": Task(name="a", kind="code")})
    assert edits_between(before, after, keep_places=True) == []
    assert edits_between(before, after) == [ops.UnplaceTask(task="a")]


def test_variables_are_put_in_order_with_as_few_edits_as_possible() -> None:
    def ordered(*names: str) -> Design:
        return Design(inputs={name: Variable(name=name, type=TextType()) for name in names})

    def edits(before: Design, after: Design) -> list[tuple[str, str | None]]:
        return [(e.input.name, e.before) for e in edits_between(before, after) if isinstance(e, ops.DeclareInput)]

    assert edits(ordered("x", "y", "z"), ordered("z", "x", "y")) == [("z", "x")]
    assert edits(ordered("x", "y", "z"), ordered("y", "z", "x")) == [("z", "x"), ("y", "z")]
    assert edits(ordered("x", "y"), ordered("n", "x", "y", "m")) == [("m", None), ("n", "x")]
