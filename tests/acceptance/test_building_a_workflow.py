"""A builder draws the invoice example from nothing, with public queries and mutations alone: drawn, checked, repaired, previewed, activated, run."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest

from domain.workflows import operations as ops
from domain.workflows.operations import Operation
from graphql_api.workflow_files.whole import read_whole
from runner.cli.operations import as_given
from tests.acceptance.client import Client
from tests.acceptance.designs import START, given
from tests.acceptance.log import until

pytestmark = pytest.mark.anyio

EXAMPLE = Path(__file__).parents[2] / "examples" / "invoice_approval"
REFUSED = "... on CommandRefused { code message details { path expected found } }"
CREATE = f"""
mutation ($input: CreateWorkflowInput!) {{
  createWorkflow(input: $input) {{ __typename ... on WorkflowChanged {{ workflowId position }} {REFUSED} }}
}}
"""
EDIT = f"""
mutation ($input: EditWorkflowInput!) {{
  editWorkflow(input: $input) {{ __typename ... on WorkflowChanged {{ position workflow {{ eventVersion }} }} {REFUSED} }}
}}
"""
ACTIVATE = f"""
mutation ($input: ActivateWorkflowInput!) {{
  activateWorkflow(input: $input) {{
    __typename ... on WorkflowChanged {{ position workflow {{ status active {{ number }} }} }} {REFUSED}
  }}
}}
"""
REPAIR = f"""
mutation ($input: RepairWorkflowInput!) {{
  repairWorkflow(input: $input) {{ __typename ... on WorkflowChanged {{ position }} {REFUSED} }}
}}
"""
UNDO = f"""
mutation ($input: UndoEditInput!) {{
  undoEdit(input: $input) {{ __typename ... on WorkflowChanged {{ position }} {REFUSED} }}
}}
"""
PREVIEW = f"""
mutation ($input: StartPreviewInput!) {{
  startPreview(input: $input) {{ __typename ... on JobChanged {{ jobId }} {REFUSED} }}
}}
"""
DRAFT = """
query ($id: ID!, $at: Position) {
  workflow(id: $id, atLeastPosition: $at) {
    eventVersion
    draft { contentHash tasks { name } checks { code severity place task message repair } }
  }
}
"""
HISTORY = "query ($id: ID!) { workflow(id: $id) { status active { contentHash } history(last: 1) { nodes { type actor { name } } } } }"
JOB = "query ($id: ID!) { job(id: $id) { status mode outputs { name json file { name } } } }"


class Builder:
    """Someone at a screen: knows the version it shows, and sends what was clicked."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.workflow = ""
        self.version = 0
        self._position: str | None = None

    async def create(self, name: str) -> None:
        """Begins with an empty draft."""
        created = await self._client.ask(CREATE, input={"name": name})
        assert created["__typename"] == "CreateWorkflowSuccess", created
        self.workflow, self._position = created["workflowId"], created["position"]
        await self.look()

    async def look(self) -> dict[str, Any]:
        """The draft as it stands."""
        found = await self._client.persist(DRAFT, id=self.workflow, at=self._position)
        self.version = found["eventVersion"]
        draft: dict[str, Any] = found["draft"]
        return draft

    async def send(self, *operations: Operation | dict[str, Any], version: int | None = None) -> dict[str, Any]:
        """Edits on the version that is shown, or an earlier one."""
        told = [as_given(one) if not isinstance(one, dict) else one for one in operations]
        edit = {"workflowId": self.workflow, "operations": told, "expectedVersion": version or self.version}
        answer: dict[str, Any] = await self._client.ask(EDIT, input=edit)
        return answer

    async def edit(self, *operations: Operation | dict[str, Any]) -> None:
        """Edits that are taken."""
        answer = await self.send(*operations)
        assert answer["__typename"] == "EditWorkflowSuccess", answer
        self._position = answer["position"]
        await self.look()

    async def ask(self, document: str, **more: Any) -> None:
        """Another change of the draft that is taken."""
        answer = await self._client.ask(document, input={"workflowId": self.workflow, **more})
        assert answer["__typename"] != "CommandRefused", answer
        self._position = answer["position"]
        await self.look()

    async def refused(self, *operations: Operation, version: int | None = None) -> str:
        """Edits that are refused, after which the draft is what it was; gives the code."""
        before = await self.look()
        answer = await self.send(*operations, version=version)
        assert answer["__typename"] == "CommandRefused", answer
        assert await self.look() == before
        code: str = answer["code"]
        return code

    async def errors(self) -> dict[str, dict[str, Any]]:
        """The checks that stand against activating it, by their code."""
        return {one["code"]: one for one in (await self.look())["checks"] if one["severity"] == "ERROR"}

    async def activate(self) -> dict[str, Any]:
        """Asks for the draft to be locked."""
        given_version = {"workflowId": self.workflow, "expectedVersion": self.version}
        answer: dict[str, Any] = await self._client.ask(ACTIVATE, input=given_version)
        return answer


async def test_the_invoice_example_is_built_checked_repaired_and_activated_from_nothing(admin: Client) -> None:
    file = EXAMPLE / "workflow.yaml"
    example = read_whole(file.read_bytes(), file.name, EXAMPLE).require()
    wanted = example.wanted.operations
    adding = {one.task: one for one in wanted if isinstance(one, ops.AddTask)}
    connecting = {one.edge.text: one for one in wanted if isinstance(one, ops.ConnectEdge)}
    builder = Builder(admin)
    await builder.create(f"Invoices {secrets.token_hex(4)}")

    # What it is for and what it takes and gives; then task by task, each a gesture of its own.
    await builder.edit(*(one for one in wanted if not isinstance(one, ops.AddTask | ops.ConnectEdge)))
    first = builder.version
    left_out = "find.confidence → sure.confidence"
    for name, task in adding.items():
        config = {**task.config, "inputs": [required(one) for one in task.config.get("inputs", ())]}
        await builder.edit(task.model_copy(update={"config": config}) if name == "read" else task)
    await builder.edit(*(edge for text, edge in connecting.items() if text != left_out))
    assert [one["name"] for one in (await builder.look())["tasks"]] == list(adding)

    # What can never be is refused at once, and leaves no trace.
    circle = ops.ConnectEdge.model_validate({"edge": {"source": "approve", "route": "done", "target": "extract"}})
    assert await builder.refused(circle) == "EDGE_CLOSES_CYCLE"
    wrong = ops.ConnectEdge.model_validate({"edge": {"path": ("invoice",), "target": "sure", "input": "total"}})
    assert await builder.refused(wrong) == "EDGE_TYPES_DIFFER"
    assert await builder.refused(ops.DescribeTask(task="read", label="Read"), version=first) == "WORKFLOW_MOVED"

    # What is not finished stands among the checks, keeps it from being activated, and is mended by what the check proposes.
    errors = await builder.errors()
    assert errors.keys() == {"INPUT_WITHOUT_SOURCE", "CONTINUE_FEEDS_REQUIRED"}
    assert errors["INPUT_WITHOUT_SOURCE"]["place"] == "tasks.sure.inputs.confidence"
    blocked = await builder.activate()
    assert blocked["code"] == "WORKFLOW_HAS_ERRORS"
    assert {one["path"] for one in blocked["details"]} == {one["place"] for one in errors.values()}
    await builder.ask(REPAIR, codes=["CONTINUE_FEEDS_REQUIRED"])
    assert (await builder.errors()).keys() == {"INPUT_WITHOUT_SOURCE"}
    await builder.edit(connecting[left_out])
    assert await builder.errors() == {}

    # A slip of the hand is taken back.
    drawn = (await builder.look())["contentHash"]
    await builder.edit(ops.RemoveTask(task="export_json"))
    assert (await builder.look())["contentHash"] != drawn
    await builder.ask(UNDO)
    assert (await builder.look())["contentHash"] == drawn

    # The builder thinks better of it: nothing shall fail there, so the input gets its default. Now it is the example.
    await builder.edit(
        ops.ConfigureTask(task="read", config=adding["read"].config),
        {"setTaskPolicy": {"task": "extract", "onError": "CONTINUE"}},
    )
    assert (await builder.look())["contentHash"] == example.design.content_hash()

    # It is tried before it is locked; what has an effect outside is only shown.
    pdf = (EXAMPLE / "invoices" / "paper_and_ink.pdf").read_bytes()
    stored = await admin.http.post("/files?name=invoice.pdf", content=pdf, headers={"Content-Type": "application/pdf"})
    inputs = [{"name": "invoice", "value": {"file": stored.json()["id"]}}, given("limit", "100000")]
    tried = await admin.ask(PREVIEW, input={"workflowId": builder.workflow, "inputs": inputs})
    assert tried["__typename"] == "StartPreviewSuccess", tried
    preview = await completed(admin, tried["jobId"])
    assert preview["mode"] == "PREVIEW"

    activated = await builder.activate()
    assert (activated["workflow"]["status"], activated["workflow"]["active"]["number"]) == ("ACTIVE", 1)
    told = await admin.ask(HISTORY, id=builder.workflow)
    assert told["active"]["contentHash"] == example.design.content_hash()
    assert [one["type"] for one in told["history"]["nodes"]] == ["workflow.activated.v1"]

    # And it runs.
    started = await admin.ask(START, input={"workflowId": builder.workflow, "inputs": inputs})
    assert started["__typename"] == "StartJobSuccess", started
    job = await completed(admin, started["jobId"])
    outputs, shown = ({one["name"]: one for one in each["outputs"]} for each in (job, preview))
    assert outputs["csv"]["file"] == {"name": "invoice.csv"}
    assert outputs["vendor"]["json"] == shown["vendor"]["json"] != ""
    assert outputs["total"]["json"] == shown["total"]["json"]


async def completed(admin: Client, job: str) -> dict[str, Any]:
    """A job once it has completed."""
    found: dict[str, Any] = {}

    async def is_done() -> bool:
        found.update(await admin.ask(JOB, id=job) or {})
        return found.get("status") == "COMPLETED"

    await until(is_done, "the end of a job of the workflow that was built")
    return found


def required(variable: dict[str, Any]) -> dict[str, Any]:
    """A declared input as a builder in a hurry declares it: without its default."""
    return {name: value for name, value in variable.items() if name != "default"}
