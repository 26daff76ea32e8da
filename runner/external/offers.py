"""A run as it is offered to workers, from what its runner knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import orjson

from domain.graph import GraphTask
from domain.jobs.events import Priority
from domain.jobs.shard import shard
from domain.kinds.external import ExternalConfiguration
from domain.values import BLOB, Value, is_wrapper
from runner.external.rows import Offer
from runner.performance import Performance
from runner.values import JobValues

_PRIORITIES: Final[Mapping[Priority, int]] = {"low": 0, "normal": 1, "high": 2, "urgent": 3}


def offer_of(performance: Performance, values: JobValues, task: GraphTask, inputs: Mapping[str, Value]) -> Offer:
    """The offer of a run on these inputs, as they are kept."""
    config, started = task.configured(ExternalConfiguration), performance.started
    content = {
        "run": started.run.model_dump(mode="json"),
        "label": task.label,
        "workflow_id": str(values.workflow_id),
        "preview": values.mode == "preview",
        "inputs": dict(inputs),
    }
    return Offer(
        workspace=performance.workspace,
        queue=config.queue,
        priority=_PRIORITIES[values.priority],
        job_id=performance.job_id,
        run=performance.text,
        shard=performance.shard,
        parent_shard=None if values.parent is None else shard(values.parent.job_id),
        graph=values.graph_hash,
        task=task.name,
        once=config.once,
        lease_seconds=float(config.lease_seconds),
        due_at=started.due_at,
        content=orjson.dumps(content),
        held=",".join(value[BLOB]["hash"] for value in inputs.values() if is_wrapper(value) and BLOB in value),
    )
