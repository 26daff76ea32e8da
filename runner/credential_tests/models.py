"""The tester of credentials of language models: it lists the models, which costs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.actions.asking.providers import ANTHROPIC_URL, GOOGLE_URL, MISTRAL_URL, NO_KEY, OPENAI_URL
from runner.credential_tests.contract import TrialTools, Verdict

REFUSING = (401, 403)
ANTHROPIC_VERSION = "2023-06-01"


async def try_model(values: Mapping[str, Any], tools: TrialTools) -> Verdict:
    """Asks its provider which models there are."""
    provider, key, base = values["provider"], values.get("key") or NO_KEY, values.get("base_url")
    bearer = {"Authorization": f"Bearer {key}"}
    match provider:
        case "openai":
            url, headers = f"{base or OPENAI_URL}/models", bearer
        case "anthropic":
            url = f"{base or ANTHROPIC_URL}/v1/models"
            headers = {"x-api-key": key, "anthropic-version": ANTHROPIC_VERSION}
        case "google":
            url, headers = f"{base or GOOGLE_URL}/v1beta/models", {"x-goog-api-key": key}
        case "mistral":
            url, headers = f"{base or MISTRAL_URL}/v1/models", bearer
        case _:
            message = f"It can be opened; whether {provider} accepts it shows when a model is asked."
            return Verdict(succeeded=True, message=message)
    async with (
        tools.outgoing.client(follow_redirects=False) as client,
        client.stream("GET", url, headers=headers) as answer,
    ):
        status = answer.status_code
    if status in REFUSING:
        return Verdict(succeeded=False, message=f"Expected it to be accepted, but the provider answered {status}.")
    if status >= 300:
        return Verdict(
            succeeded=False, message=f"Expected a list of models at {url}, but the provider answered {status}."
        )
    return Verdict(succeeded=True, message="The provider listed its models.")
