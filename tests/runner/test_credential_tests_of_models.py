"""The testers of credentials of models and of tool servers, against real servers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from runner.addresses import parse_private_networks
from runner.credential_tests.contract import TrialTools, Verdict
from runner.credential_tests.registry import TESTERS
from runner.outgoing import Outgoing
from tests.model_servers import models
from tests.tool_server import TOKEN, tools_by_http

pytestmark = pytest.mark.anyio


@pytest.fixture
async def trial() -> AsyncIterator[TrialTools]:
    outgoing = Outgoing(parse_private_networks("127.0.0.0/8"))
    yield TrialTools(outgoing, lambda _: None)
    await outgoing.aclose()


async def tried(kind: str, values: dict[str, Any], trial: TrialTools) -> Verdict:
    return await TESTERS[kind](values, trial)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_a_provider_that_lists_its_models_accepts_the_key(trial: TrialTools, provider: str) -> None:
    async with models() as server:
        good: dict[str, Any] = getattr(server, provider)
        assert await tried("model", good, trial) == Verdict(succeeded=True, message="The provider listed its models.")
        bad = await tried("model", {**good, "key": "sk-wrong"}, trial)
        assert bad == Verdict(succeeded=False, message="Expected it to be accepted, but the provider answered 401.")
        away = await tried("model", {**good, "base_url": f"{server.url}/nowhere"}, trial)
        assert not away.succeeded
        assert "answered 404" in away.message


async def test_of_bedrock_a_test_says_that_it_tells_nothing(trial: TrialTools) -> None:
    verdict = await tried("model", {"provider": "bedrock", "key": "k"}, trial)
    assert verdict.succeeded
    assert "shows when a model is asked" in verdict.message


async def test_a_tool_server_that_lists_its_tools_accepts_the_token(trial: TrialTools, tmp_path: Path) -> None:
    async with tools_by_http(tmp_path) as url:
        verdict = await tried("mcp", {"url": url, "token": TOKEN}, trial)
        assert verdict.succeeded
        assert re.fullmatch(r"The server listed \d+ tools\.", verdict.message or "")
        refused = await tried("mcp", {"url": url, "token": "wrong"}, trial)
        assert not refused.succeeded
        assert "answered with 401" in refused.message
