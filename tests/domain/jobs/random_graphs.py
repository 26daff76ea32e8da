"""Random graphs of all shapes the engine knows: values, fields, routes, merges, gathers, defaults, reviews, children, heavy tasks."""

from __future__ import annotations

from random import Random
from uuid import UUID

from domain.graph import Asks, Executes, ForEach, Given, Graph, GraphEdge, GraphInput, GraphOutput, GraphTask, Path
from tests.domain.jobs.graphs import TEXT

OUTPUTS = ("out", "more")
MESSAGES = ("paid", "signed")
CHILD = Executes(workflow_id=UUID(int=8), workflow_version=1, graph="hash of another")
POLICIES = ("fail_job", "error_route", "continue", "hold")


def random_graph(random: Random, tasks_max: int) -> Graph:
    """A graph without cycles; its tasks and edges stand in any order."""
    names = [f"t{number}" for number in range(random.randint(1, tasks_max))]
    tasks: dict[str, GraphTask] = {}
    edges: list[GraphEdge] = []
    for name in names:
        tasks[name] = _task(random, name, list(tasks.values()), edges)
    forward = list(tasks.values())
    for name in names:
        if random.random() < 0.25:
            tasks[f"undo_{name}"] = _compensation(random, name, edges)
    outputs = tuple(_input(random, f"y{number}") for number in range(random.randint(0, 3)))
    for output in outputs:
        edges += _edges_to(random, None, output, forward)
    shuffled = list(tasks.values())
    random.shuffle(shuffled)
    random.shuffle(edges)
    return Graph(
        inputs=(GraphOutput(name="x", type=TEXT), GraphOutput(name="z", type=TEXT, required=False)),
        outputs=outputs,
        tasks=tuple(shuffled),
        edges=tuple(edges),
        heavy_at_once_max=random.randint(1, 3),
        time_limit_seconds=random.choice((None, 600.0)),
    )


def _task(random: Random, name: str, earlier: list[GraphTask], edges: list[GraphEdge]) -> GraphTask:
    options = {
        "on_error": random.choice(POLICIES),
        "heavy": random.random() < 0.3,
        "join": random.choice(("all", "any", "any")),
        "time_limit_seconds": random.choice((None, 60.0)),
        "retry": random.choice((None, None, {"attempts": 3}, {"attempts": 4, "codes": ["BROKEN", "RUNNER_LOST"]})),
    }
    if earlier and random.random() < 0.15:
        reviewed = random.choice(earlier)
        edges.append(GraphEdge(source=reviewed.name, path=(), target=name, input="reviewed"))
        given: tuple[GraphInput, ...] = (GraphInput(name="reviewed", type=TEXT),)
        options |= {"kind": "human_review", "routes": ("accepted", "rejected"), "reviews": reviewed.name}
        options["asks"] = random.choice((None, Asks(roles=("reviewer",))))
    else:
        given = tuple(_input(random, f"x{number}") for number in range(random.randint(0, 3)))
        routes = ("yes", "no") if random.random() < 0.4 else ()
        options |= {"kind": "noop", "routes": routes, "repetition": random.choice(("repeatable", "once"))}
        options["takes"] = random.choice((*MESSAGES, *[None] * 8))
        if options["takes"] is None and random.random() < 0.15:
            options |= {"executes": CHILD, "repetition": "repeatable"}  # Its own effect is the child, of one id.
        for each in given:
            edges += _edges_to(random, name, each, earlier)
        if given and random.random() < 0.3:
            options["for_each"] = ForEach(
                input=random.choice(given).name,
                at_once_max=random.randint(1, 3),
                on_item_error=random.choice(("fail_task", "leave_out", "hold")),
            )
    for _ in range(random.choice((0, 0, 0, 1, 2, 3)) if earlier else 0):
        source = random.choice(earlier)
        route = random.choice(("done", "done", "error", *source.routes, *source.routes))
        edges.append(GraphEdge(source=source.name, route=route, target=name))
    outputs = tuple(GraphOutput(name=each, type=TEXT, required=False) for each in OUTPUTS)
    return GraphTask.model_validate({"name": name, "inputs": given, "outputs": outputs, **options})


def _compensation(random: Random, of: str, edges: list[GraphEdge]) -> GraphTask:
    """A task that undoes another, fed by it, by a task before it, and by the workflow's inputs."""
    given = tuple(_input(random, f"x{number}") for number in range(random.randint(0, 2)))
    before = [edge.source for edge in edges if edge.target == of and edge.source is not None]
    for each in given:
        source = random.choice([of, of, None, *before])
        path = random.choice([("x",), ("z",)]) if source is None else (random.choice(OUTPUTS),)
        edges.append(GraphEdge(source=source, path=path, target=f"undo_{of}", input=each.name))
    options = {
        "on_error": random.choice(("fail_job", "hold")),
        "heavy": random.random() < 0.3,
        "time_limit_seconds": random.choice((None, 60.0)),
        "retry": random.choice((None, {"attempts": 3})),
        "repetition": random.choice(("repeatable", "once")),
    }
    outputs = tuple(GraphOutput(name=each, type=TEXT, required=False) for each in OUTPUTS)
    form = {"name": f"undo_{of}", "kind": "noop", "compensates": of, "inputs": given, "outputs": outputs}
    return GraphTask.model_validate(form | options)


def _input(random: Random, name: str) -> GraphInput:
    fallback = random.random()
    return GraphInput(
        name=name,
        type=TEXT,
        required=random.random() < 0.5,
        gather=random.random() < 0.3,
        constant=Given(value=[1, 2]) if fallback < 0.1 else None,
        default=Given(value=[3]) if fallback > 0.75 else None,
    )


def _edges_to(random: Random, target: str | None, each: GraphInput, earlier: list[GraphTask]) -> list[GraphEdge]:
    sources: list[str | None] = [task.name for task in earlier] + [None]
    found = []
    for _ in range(random.choice((1, 1, 1, 1, 2, 3, 3)) if random.random() > 0.05 else 0):
        source = random.choice(sources)
        path = random.choice([("x",), ("z",)]) if source is None else _path(random)
        found.append(GraphEdge(source=source, path=path, target=target, input=each.name))
    return found


def _path(random: Random) -> Path:
    name = random.choice(OUTPUTS)
    return random.choice([(name,)] * 5 + [(name, "field")] * 3 + [("error",), ("error", "code")])
