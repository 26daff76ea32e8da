"""Workflow files that come through the API: read whole, with the inputs and outputs of the workflows they execute."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from graphql_api.context import Context
from graphql_api.workflow_files.whole import WholeFile, read_whole
from graphql_api.workflows.sub_workflows import sign

FILE = "yaml"
YAML_BYTES_MAX = 1024 * 1024


async def read_yaml(context: Context, yaml: str) -> WholeFile:
    """The file, with all its faults; read beside the loop, which others wait for."""
    data = yaml.encode("utf-8", "surrogatepass")
    whole = await asyncio.to_thread(read_whole, data, FILE, bytes_max=YAML_BYTES_MAX, is_kept=True)
    signed = await sign(context, whole.wanted.operations)
    if signed == whole.wanted.operations:
        return whole
    return await asyncio.to_thread(whole.drawn_anew, replace(whole.wanted, operations=signed))
