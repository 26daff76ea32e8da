"""A draft is tried in a running installation: what it gave is kept, who tries it reviews it, and it counts as no job."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.client import Client
from tests.acceptance.designs import DECIDE, draft_to_review, given, waiting_review
from tests.acceptance.installation import Installation
from tests.acceptance.log import until
from tests.acceptance.members import let_in

pytestmark = pytest.mark.anyio

_START = """
mutation ($input: StartPreviewInput!) {
  startPreview(input: $input) { ... on StartPreviewSuccess { jobId } ... on CommandRefused { message details { message } } }
}
"""
_SHOWN = """
query ($id: ID!) { job(id: $id) { status outputs { name json } tasks { nodes { task status instead { by } } } } }
"""
_PIN = """
mutation ($input: EditWorkflowInput!) { editWorkflow(input: $input) { __typename ... on CommandRefused { message } } }
"""
_JOBS = (
    "query ($id: ID!, $workflow: ID!) { workspace(id: $id) { jobs(filter: {workflowId: $workflow}) { nodes { id } } } }"
)
_VIEWER = "query { viewer { workspaceId } }"


async def preview(builder: Client, workflow: str, **more: Any) -> dict[str, str | None]:
    """Tries a draft to its end, accepting what is to be reviewed; gives what stood for each task."""
    asked = {"workflowId": workflow, "inputs": [given("value", "x")], **more}
    job = (await builder.ask(_START, input=asked))["jobId"]
    review = await waiting_review(builder, job)
    await builder.ask(DECIDE, input={"reviewId": review, "decision": "ACCEPT"})

    async def is_over() -> bool:
        return bool((await builder.ask(_SHOWN, id=job))["status"] == "COMPLETED")

    await until(is_over, "the end of the preview")
    shown = await builder.ask(_SHOWN, id=job)
    return {each["task"]: each["instead"] and each["instead"]["by"] for each in shown["tasks"]["nodes"]}


async def test_a_draft_is_tried_again_and_again_by_who_draws_it(installation: Installation, admin: Client) -> None:
    builder, _ = await let_in(admin, "BUILDER")
    workflow = await draft_to_review(builder)
    assert await preview(builder, workflow) == {"work": None, "judge": None}
    assert await preview(builder, workflow) == {"work": "KEPT", "judge": None}
    assert await preview(builder, workflow, fresh=True) == {"work": None, "judge": None}
    pin = {"pinOutputs": {"task": "work", "outputs": {"value": "pinned"}}}
    edited = await builder.ask(_PIN, input={"workflowId": workflow, "operations": [pin]})
    assert edited["__typename"] == "EditWorkflowSuccess", edited
    assert await preview(builder, workflow) == {"work": "PINNED", "judge": None}
    workspace = (await builder.ask(_VIEWER))["workspaceId"]
    assert (await builder.ask(_JOBS, id=workspace, workflow=workflow))["jobs"]["nodes"] == []
    await builder.close()
