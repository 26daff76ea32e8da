"""Designs as any sequence of edits can leave them: of every kind, well configured or not, linked, placed and annotated."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import strategies as st

from domain.graph import Given, Retry
from domain.kinds import KINDS
from domain.money import Cost
from domain.refusals import Refusal
from domain.types import (
    BooleanType,
    DateType,
    DecimalType,
    FilesType,
    FileType,
    JsonTextType,
    ListType,
    NumberType,
    ObjectField,
    ObjectType,
    TextType,
    ValueType,
)
from domain.variables import Variable
from domain.workflows import operations as ops
from domain.workflows.design import Design, Edge, Expects, ForEach, InputSetting, Place, Policy
from domain.workflows.editing import edit

TASKS = ("a", "b", "c", "d")
VARIABLES = ("x", "y", "file", "out", "message")
ROUTES = ("done", "error", "true", "false", "accepted", "a.b", "")
FIELDS = ("net", "a.b", "", "from")

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-1e9, 1e9) | texts | st.sampled_from(["yes", "1", "~"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts | st.just("$x"), inner, max_size=2),
    max_leaves=4,
)
said = st.none() | texts | values
plain_types: st.SearchStrategy[ValueType] = st.sampled_from(
    [
        TextType(),
        TextType(choices=("a", "1", "yes"), length_max=3),
        TextType(pattern="a|b"),
        NumberType(minimum=0.5),
        DecimalType(scale=2, maximum="9.99"),
        BooleanType(),
        DateType(),
        FileType(kinds=("application/pdf", "image/*")),
        FilesType(),
        JsonTextType(),
        ObjectType(),
        ListType(),
    ]
)
types: st.SearchStrategy[ValueType] = st.recursive(
    plain_types,
    lambda inner: (
        st.builds(lambda items: ListType(items=items), inner)
        | st.builds(
            lambda fields: ObjectType(fields=tuple(fields)),
            st.lists(
                st.builds(
                    lambda name, of, required: ObjectField(name=name, type=of, required=required),
                    st.sampled_from([name for name in FIELDS if name]),
                    inner,
                    st.booleans(),
                ),
                max_size=2,
                unique_by=lambda field: field.name,
            ),
        )
    ),
    max_leaves=3,
)
given_values = st.none() | st.builds(lambda value: Given(value=value), values)
variables = st.builds(
    lambda name, of, label, required, default, sample: Variable(
        name=name, type=of, label=label, required=required, default=default, sample=sample
    ),
    st.sampled_from(VARIABLES),
    types,
    said,
    st.booleans(),
    given_values,
    given_values,
)
declared = st.lists(variables, max_size=2, unique_by=lambda one: one.name).map(
    lambda found: [one.model_dump(mode="json", exclude_defaults=True) for one in found]
)
conditions = st.lists(
    st.fixed_dictionaries(
        {
            "source": st.sampled_from(["x", "x.net", ["x", "a.b"], []]),
            "operation": st.sampled_from(["equals", "is_null"]),
        },
        optional={"value": values},
    ),
    max_size=2,
)
configs: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.dictionaries(texts | st.sampled_from(["kind", "inputs", "after", "code"]), values, max_size=2),
    st.fixed_dictionaries({}, optional={"code": texts, "inputs": declared, "outputs": declared}),
    st.fixed_dictionaries({"conditions": conditions}, optional={"inputs": declared, "combine": st.just("or")}),
    st.fixed_dictionaries({"reviews": st.sampled_from(TASKS)}, optional={"guidance": said, "inputs": declared}),
    st.fixed_dictionaries({"workflow": texts}, optional={"outputs": declared, "repeat": st.just({"until": "x"})}),
    st.fixed_dictionaries({"message": st.just("paid")}, optional={"outputs": declared}),
    st.fixed_dictionaries({"format": st.just("csv"), "file_name": texts}, optional={"rows": st.just("x")}),
)
policies = st.builds(
    Policy,
    join=st.sampled_from(["all", "any"]),
    on_error=st.sampled_from(["fail_job", "hold"]),
    time_limit_seconds=st.none() | st.just(1.5),
    heavy=st.none() | st.booleans(),
    retry=st.none() | st.builds(Retry, attempts=st.integers(1, 3), codes=st.none() | st.just(("HTTP_503",))),
    compensates=st.none() | st.sampled_from(TASKS),
    for_each=st.none()
    | st.builds(ForEach, input=st.just("x"), at_once_max=st.integers(1, 10), on_item_error=st.just("leave_out")),
    expects=st.none()
    | st.builds(
        Expects, seconds=st.none() | st.floats(0, 9), cost=st.none() | st.just(Cost(amount="0.02", currency="EUR"))
    ),
)
places = st.builds(Place, x=st.floats(-1e3, 1e3), y=st.floats(-1e3, 1e3))
task_names = st.sampled_from(TASKS)
paths = st.builds(
    lambda first, rest: (first, *rest), st.sampled_from(VARIABLES), st.lists(st.sampled_from(FIELDS), max_size=2)
)
pairs = st.sampled_from(list(combinations(TASKS, 2)))
names = st.sampled_from(VARIABLES)
edges = st.one_of(
    st.builds(
        lambda ends, path, name: Edge(source=ends[0], path=path, target=ends[1], input=name), pairs, paths, names
    ),
    st.builds(lambda path, target, name: Edge(path=path, target=target, input=name), paths, task_names, names),
    st.builds(lambda source, path, name: Edge(source=source, path=path, input=name), task_names, paths, names),
    st.builds(lambda ends, route: Edge(source=ends[0], route=route, target=ends[1]), pairs, st.sampled_from(ROUTES)),
)
settings = st.builds(InputSetting, constant=given_values, gather=st.booleans())
added_tasks = st.builds(
    ops.AddTask,
    task=task_names,
    kind=st.sampled_from(sorted(name for name in KINDS if type(KINDS[name]).__module__.startswith("domain.kinds."))),
    label=said,
    description=said,
    config=configs,
    policy=policies,
    place=st.none() | places,
)
notes = st.builds(
    ops.PlaceNote,
    note=st.sampled_from(VARIABLES),
    text=said,
    place=places,
    width=st.none() | st.just(120.0),
    height=st.none() | st.just(0.5),
)
whole = st.one_of(
    st.builds(ops.DescribeWorkflow, description=said),
    st.builds(ops.SetLimit, heavy_at_once_max=st.integers(1, 5)),
    st.builds(ops.SetTimeLimit, time_limit_seconds=st.none() | st.just(60.0)),
)
operations: st.SearchStrategy[list[Any]] = st.tuples(
    st.lists(whole, max_size=2),
    st.lists(st.builds(ops.DeclareInput, input=variables), max_size=2),
    st.lists(st.builds(ops.DeclareOutput, output=variables, gather=st.booleans()), max_size=2),
    st.lists(added_tasks, min_size=3, max_size=4, unique_by=lambda task: task.task),
    st.lists(st.builds(ops.ConnectEdge, edge=edges), min_size=4, max_size=12),
    st.lists(
        st.builds(ops.SetTaskInput, task=task_names, input=st.sampled_from(VARIABLES), setting=settings), max_size=3
    ),
    st.lists(notes, max_size=2),
).map(lambda parts: [operation for part in parts for operation in part])


def drawn_by(edits: list[Any]) -> Design:
    """What those of the edits draw that are not refused."""
    design = Design()
    for operation in edits:
        try:
            _, design = edit(design, [operation])
        except Refusal:
            continue
    return design


any_design = operations.map(drawn_by)
"""Any design that edits can draw."""
