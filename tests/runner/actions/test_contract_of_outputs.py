"""What a job keeps of each kind of the registry: outputs of a wrong type never, and large ones whole in the blob store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.graph import Graph, GraphEdge, GraphInput, GraphOutput, GraphTask
from domain.jobs.events import JobCompleted, JobFailed, TaskFailed, TaskSucceeded
from domain.kinds import KINDS
from domain.types import BooleanType, ListType, ValueType, accepts
from domain.values import is_wrapper
from domain.variables import Variable
from runner.actions.registry import ACTIONS
from runner.addresses import parse_private_networks
from runner.files import RunFiles
from tests.model_servers import Models
from tests.runner.actions.mail_stage import mail_server
from tests.runner.actions.test_contract import SAMPLES, SECRET, answer, sample, service  # noqa: F401 - a fixture
from tests.runner.scripted import real_runner
from tests.runner.stage import Stage, until
from tests.runner.vault import create_credential
from tests.tool_server import TOKEN, tools_by_http

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]
GIVEN_BY_OTHERS = {
    "wait": None,
    "human_review": "tests/domain/reviews/test_reviews.py::test_wrong_corrections_are_refused_by_name",
    "execute_workflow": "tests/runner/test_children.py::test_outputs_of_a_child_that_do_not_fit_fail_the_run",
    "external": "tests/graphql_api/external/test_reporting.py"
    "::test_outputs_that_do_not_fit_are_refused_by_name_and_the_lease_holds_on",
}
"""The kinds whose outputs a person, a job or a worker gives, and the test of those that do not fit; `wait` gives none."""
KINDS_THAT_GIVE = [kind for kind in ACTIONS if kind not in GIVEN_BY_OTHERS]
CHECKED = BooleanType()
LISTED = ListType(items=CHECKED)


@dataclass(slots=True)
class House:
    """A runner with all that the samples need, and a kind to try."""

    stage: Stage
    kind: str
    inputs: Mapping[str, Any]
    config: dict[str, Any]

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The outputs of the sample."""
        kind = KINDS[self.kind]
        return kind.outputs(kind.read(self.config), lambda _: ()) or ()

    async def run(self, outputs: Mapping[str, ValueType], *, required: bool = True) -> UUID:
        """A job of one task that declares these outputs, until it is over."""
        kind = KINDS[self.kind]
        config = kind.read(self.config)
        given = {each.name: each.type for each in kind.inputs(config, lambda _: ()) or () if each.name in self.inputs}
        task = GraphTask(
            name="tried",
            kind=self.kind,
            config=self.config,
            inputs=tuple(GraphInput(name=name, type=type_) for name, type_ in given.items()),
            outputs=tuple(GraphOutput(name=name, type=type_, required=required) for name, type_ in outputs.items()),
            routes=kind.routes(config),
            repetition=kind.repetition_of(config),
        )
        graph = Graph(
            inputs=tuple(GraphOutput(name=name, type=type_) for name, type_ in given.items()),
            tasks=(task,),
            edges=tuple(GraphEdge(source=None, path=(name,), target="tried", input=name) for name in given),
        )
        content = await self.stage.store_graph(graph)
        job_id = await self.stage.start_job(graph, content, **{name: self.inputs[name] for name in given})

        async def over() -> bool:
            return await self.stage.ended([job_id]) or await self.stage.has_event(job_id, JobFailed)

        await until(over)
        return job_id

    async def only(self, job_id: UUID, kind: type[Any]) -> Any:
        """The one event of this kind."""
        [found] = [event for event in await self.stage.events(job_id) if isinstance(event, kind)]
        return found


@pytest.fixture
async def house(request: pytest.FixtureRequest, stage: Stage, tmp_path: Path, server: Models) -> AsyncIterator[House]:
    kind = request.node.callspec.params["kind"]
    server.otherwise = answer
    settings = stage.settings.model_copy(update={"private_networks": parse_private_networks("127.0.0.0/8")})
    async with AsyncExitStack() as stack:
        await create_credential(stage, "account", "model", **server.openai)
        await create_credential(stage, "bank", "bearer", token=SECRET)
        if kind == "tool":
            url = await stack.enter_async_context(tools_by_http(tmp_path))
            await create_credential(stage, "tools", "mcp", url=url, token=TOKEN)
        if kind == "send_email":
            mail = await stack.enter_async_context(mail_server(tmp_path, "none"))
            await create_credential(stage, "mail", "smtp", **mail.values())
        await stack.enter_async_context(real_runner(replace(stage, settings=settings)))
        tried = await sample(kind, RunFiles(stage.system.blobs, stage.workspace))
        yield House(stage, kind, tried.inputs, dict(tried.config))


@pytest.mark.parametrize("kind", KINDS_THAT_GIVE)
async def test_an_output_of_a_wrong_type_or_none_fails_the_run_and_names_it(kind: str, house: House) -> None:
    wrong = {each.name: LISTED if isinstance(each.type, BooleanType) else CHECKED for each in house.variables}
    failed: TaskFailed = await house.only(await house.run({**wrong, "lacking": CHECKED}), TaskFailed)
    assert failed.error.code == "OUTPUT_MISFIT"
    named = {detail["path"] for detail in failed.error.details}
    required = {each.name for each in house.variables if each.required}
    assert required | {"lacking"} <= named


@pytest.mark.parametrize("kind", KINDS_THAT_GIVE)
async def test_outputs_that_are_too_large_for_an_event_are_whole_in_the_blob_store(
    kind: str, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.keepable.INLINE_BYTES_MAX", 0)
    job_id = await house.run({each.name: each.type for each in house.variables}, required=False)
    await house.only(job_id, JobCompleted)
    succeeded: TaskSucceeded = await house.only(job_id, TaskSucceeded)
    types = {each.name: each.type for each in house.variables}
    assert succeeded.outputs.keys() == types.keys()
    for name, kept in succeeded.outputs.items():
        assert is_wrapper(kept)
        assert accepts(types[name], await house.stage.system.open_value(house.stage.workspace, kept))


@pytest.mark.parametrize("place", [place for place in GIVEN_BY_OTHERS.values() if place is not None])
async def test_what_others_give_is_tested_where_it_is_said(place: str) -> None:
    path, name = place.split("::")
    assert f"def {name}(" in (ROOT / path).read_text()
