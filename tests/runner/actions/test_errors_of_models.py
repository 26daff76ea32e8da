"""Every error of the kinds that ask language models, each provoked by a real server and told alike by all three."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.graph import GraphInput
from domain.types import DecimalType, ObjectField, ObjectType
from runner.actions.contract import Outcome
from runner.actions.registry import ACTIONS
from runner.outgoing import Outgoing
from tests.model_servers import Cut, Garbage, Models, Never, Refuses, Reply, Says, Status
from tests.runner.actions.action_stage import GivenTools, failed, task_run
from tests.runner.actions.asking_stage import asking_tools
from tests.runner.actions.provoking import provokes

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TEXT = {"type": "str"}
ASKING = {"credential": "account", "model": "tiny-1", "repairs": 0}
INPUTS = [{"name": "letter", "type": TEXT}, {"name": "file", "type": {"type": "file"}, "required": False}]
CONFIGS: Mapping[str, dict[str, Any]] = {
    "ai": {"prompt": "Double {{letter}}.", "outputs": [{"name": "total", "type": {"type": "decimal"}}]},
    "agentic_review": {"reviews": "before", "criteria": [{"name": "right", "text": "It is right."}]},
    "decision": {"conditions": [{"words": "The letter is polite."}]},
}
REVIEWED = GraphInput(name="reviewed", type=ObjectType(fields=(ObjectField(name="total", type=DecimalType()),)))
KINDS = pytest.mark.parametrize("kind", list(CONFIGS))


@dataclass(slots=True)
class Asked:
    """How a task is set, what it is given, what is answered."""

    reply: Reply | None = None
    config: dict[str, Any] = field(default_factory=dict)
    credential: tuple[str, dict[str, Any]] | None = None
    tools: Callable[[GivenTools], GivenTools] = lambda given: given
    file: tuple[str, str, bytes] | None = None


TROUBLES = {
    "ANSWER_MISFIT": Asked(Says({"nothing": "of it"})),
    "ANSWER_CUT": Asked(Says({"total": "1"}, stop="length"), {"output_tokens_max": 5}),
    "ANSWER_UNREADABLE": Asked(Garbage()),
    "BUDGET_EXCEEDED": Asked(config={"budget": {"tokens": 1}}),
    "PRICE_UNKNOWN": Asked(config={"budget": {"cost": {"amount": "1", "currency": "EUR"}}}),
    "MODEL_BUSY": Asked(Status(429, "Slow down")),
    "MODEL_QUOTA": Asked(Status(429, "You have used it up", "insufficient_quota")),
    "MODEL_DOWN": Asked(Status(503, "Away")),
    "MODEL_UNREACHABLE": Asked(Cut()),
    "MODEL_TIMEOUT": Asked(Never(), tools=lambda given: replace(given, deadline_seconds=1.2)),
    "MODEL_DENIED": Asked(Status(401, "Wrong key")),
    "MODEL_UNKNOWN": Asked(Status(404, "No such model", "model_not_found")),
    "MODEL_REFUSED": Asked(Refuses("I will not say that.")),
    "PROMPT_TOO_LARGE": Asked(Status(400, "Too long", "context_length_exceeded")),
    "REQUEST_REFUSED": Asked(Status(400, "Bad temperature", "invalid_request_error")),
    "FILE_REFUSED": Asked(file=("all.bin", "application/zip", b"PK\x05\x06" + bytes(18))),
    "PROVIDER_MISSING": Asked(credential=("model", {"provider": "mistral", "key": "k"})),
    "CREDENTIAL_MISFIT": Asked(credential=("bearer", {"token": "t"})),
    "ADDRESS_REFUSED": Asked(tools=lambda given: replace(given, outgoing=Outgoing())),
}


@KINDS
@pytest.mark.parametrize("code", TROUBLES)
@provokes()
async def test_each_trouble_with_a_model_has_its_code(
    server: Models, tmp_path: Path, loopback: Outgoing, kind: str, code: str
) -> None:
    asked = TROUBLES[code]
    if asked.reply is not None:
        server.next(asked.reply)
    of, values = asked.credential or ("model", server.openai)
    given = asked.tools(asking_tools(tmp_path, values, loopback, kind=of))
    outcome = failed(await perform(kind, asked, given))
    assert outcome.code == code, outcome.message
    assert outcome.message.startswith("Expected ")


async def perform(kind: str, asked: Asked, given: GivenTools) -> Outcome:
    inputs: dict[str, Any] = {"letter": "Dear all", "reviewed": {"total": "1"}}
    if asked.file is not None:
        inputs["file"] = await given.files.store(*asked.file)
    run = task_run(kind, {**ASKING, "inputs": INPUTS, **CONFIGS[kind], **asked.config}, NOW)
    task = run.task.model_copy(update={"inputs": (REVIEWED,)}) if kind == "agentic_review" else run.task
    return await ACTIONS[kind].perform(replace(run, task=task), inputs, given)
