"""Completes what a workflow file leaves out: the inputs and outputs of the workflows that its tasks execute."""

from __future__ import annotations

from dataclasses import replace

from domain.workflows.design import read_design
from domain.workflows.portable import WorkflowFile
from domain.workflows.sub_workflows import Signature, signature_of, signed, unsigned
from runner.cli.client import ApiClient
from runner.cli.finding import find_workflow

_ACTIVE = "query ($id: ID!) { workflow(id: $id) { active { design } } }"


def sign(client: ApiClient, wanted: WorkflowFile) -> WorkflowFile:
    """The file with the inputs and outputs of the active versions; where there is none, the checks will say so."""
    names = dict.fromkeys(name for one in wanted.operations if (name := unsigned(one)) is not None)
    found = {name: _signature(client, name) for name in names}
    operations = []
    for operation in wanted.operations:
        signature = found.get(unsigned(operation) or "")
        operations.append(operation if signature is None else signed(operation, signature))
    return replace(wanted, operations=tuple(operations))


def _signature(client: ApiClient, name: str) -> Signature | None:
    workflow = find_workflow(client, name)
    active = None if workflow is None else client.query(_ACTIVE, id=workflow["id"])["workflow"]["active"]
    return None if active is None else signature_of(read_design(active["design"]))
