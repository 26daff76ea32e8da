"""The page of workers: its workflow is one, and its calls do what it says."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from tests.graphql_api.external.works import Works, start, until_status
from tests.graphql_api.house import Client
from tests.graphql_api.workshop import ACTIVATE

PAGE = Path(__file__).parents[3] / "docs" / "external-workers.md"
IMPORT = """
mutation ($input: ImportWorkflowInput!) {
  importWorkflow(input: $input) {
    ... on ImportWorkflowSuccess { workflowId } ... on CommandRefused { message details { message } }
  }
}
"""
SECONDS_MAX = 60


def blocks(language: str) -> list[str]:
    """The blocks of the page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def test_the_calls_of_the_page_take_keep_and_complete_a_task(admin: Client, works: Works) -> None:
    (file,) = blocks("yaml")
    workflow_id = admin.ask(IMPORT, input={"yaml": file})["workflowId"]
    assert admin.ask(ACTIVATE, input={"workflowId": workflow_id})["__typename"] == "ActivateWorkflowSuccess"
    job_id = start(admin, workflow_id, "hello")
    key = works.let_in(admin.workspace, "operator", permissions=("task:work",)).key
    said = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks("sh"))],
        env={"PATH": os.environ["PATH"], "OPUS_URL": admin.url, "OPUS_API_KEY": key, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert '"inputs":{"text":"hello"}' in said.stdout
    assert "CommandRefused" not in said.stdout
    assert until_status(admin, job_id, "COMPLETED")["outputs"] == [{"name": "text", "json": "HELLO"}]
