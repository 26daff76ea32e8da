"""Providers of models: from the values of a credential to a model that can be asked, its library imported then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from runner.actions.contract import Failed
from runner.outgoing import Outgoing

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.models import Model

PROVIDERS = ("openai", "anthropic", "google", "bedrock", "mistral")
NO_KEY = "none"
"""What is sent as the key to servers of one's own that ask for none."""
# Said outright, so that nothing of the environment leads elsewhere.
OPENAI_URL = "https://api.openai.com/v1"
ANTHROPIC_URL = "https://api.anthropic.com"
GOOGLE_URL = "https://generativelanguage.googleapis.com"
MISTRAL_URL = "https://api.mistral.ai"
BEDROCK_HOST = "bedrock-runtime.{region}.amazonaws.com"

PROVIDER_MISSING = "PROVIDER_MISSING"
CREDENTIAL_MISFIT = "CREDENTIAL_MISFIT"


@dataclass(frozen=True, slots=True)
class Account:
    """What a credential of the kind `model` opens."""

    provider: str
    key: str | None
    base_url: str | None
    region: str | None
    access_key_id: str | None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be shown nowhere."""
        return tuple(part for part in (self.key,) if part)


class CannotAsk(Exception):
    """A model cannot be asked at all; the failure says why."""

    def __init__(self, failed: Failed) -> None:
        self.failed = failed
        super().__init__(failed.code)


def account_of(kind: str, values: Mapping[str, Any], name: str) -> Account:
    """The account that the secrets of a credential open; raises CannotAsk where they open none."""
    if kind != "model":
        raise CannotAsk(
            Failed(CREDENTIAL_MISFIT, f"Expected {name} to be a credential of the kind model, but it is {kind}.")
        )
    account = Account(
        provider=str(values.get("provider") or ""),
        key=_text(values.get("key")),
        base_url=_text(values.get("base_url")),
        region=_text(values.get("region")),
        access_key_id=_text(values.get("access_key_id")),
    )
    if account.provider not in PROVIDERS:
        found = account.provider or "nothing"
        raise CannotAsk(Failed(CREDENTIAL_MISFIT, f"Expected a provider of {', '.join(PROVIDERS)}, but got {found}."))
    if account.key is None and account.base_url is None:
        raise CannotAsk(Failed(CREDENTIAL_MISFIT, f"Expected {name} to hold a key or a base URL, but it has neither."))
    return account


async def open_model(account: Account, model: str, outgoing: Outgoing, http: httpx2.AsyncClient) -> Model:
    """A model that can be asked. Raises CannotAsk, and what refuses an address."""
    if account.provider == "bedrock":  # Its library connects by itself, so its address is judged here.
        region = account.region or "us-east-1"
        address = urlsplit(account.base_url or f"https://{BEDROCK_HOST.format(region=region)}")
        await outgoing.judge(address.hostname or "", address.port or (80 if address.scheme == "http" else 443))
    try:
        # Importing a provider's library takes seconds the first time.
        return await asyncio.to_thread(_OPEN[account.provider], account, model, http)
    except ImportError:
        raise CannotAsk(
            Failed(
                PROVIDER_MISSING,
                f"Expected what speaks to {account.provider} to be installed here, but it is not: "
                f"install opus-workflows[{account.provider}] where the runners run.",
            )
        ) from None


def _openai(account: Account, model: str, http: httpx2.AsyncClient) -> Model:
    from pydantic_ai.models.openai import OpenAIChatModel  # noqa: PLC0415 - on first use
    from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider  # noqa: PLC0415

    if account.base_url is None:
        return OpenAIChatModel(
            model, provider=OpenAIProvider(base_url=OPENAI_URL, api_key=account.key, http_client=http)
        )
    compatible = OpenAICompatibleProvider(
        "openai-compatible", base_url=account.base_url, api_key=account.key or NO_KEY, http_client=http
    )
    return OpenAIChatModel(model, provider=compatible)


def _anthropic(account: Account, model: str, http: httpx2.AsyncClient) -> Model:
    from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415 - on first use
    from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415

    provider = AnthropicProvider(
        api_key=account.key or NO_KEY, base_url=account.base_url or ANTHROPIC_URL, http_client=http
    )
    return AnthropicModel(model, provider=provider)


def _google(account: Account, model: str, http: httpx2.AsyncClient) -> Model:
    from pydantic_ai.models.google import GoogleModel  # noqa: PLC0415 - on first use
    from pydantic_ai.providers.google import GoogleProvider  # noqa: PLC0415

    provider = GoogleProvider(api_key=account.key or NO_KEY, base_url=account.base_url or GOOGLE_URL, http_client=http)
    return GoogleModel(model, provider=provider)


def _mistral(account: Account, model: str, http: httpx2.AsyncClient) -> Model:
    from pydantic_ai.models.mistral import MistralModel  # noqa: PLC0415 - on first use
    from pydantic_ai.providers.mistral import MistralProvider  # noqa: PLC0415

    provider = MistralProvider(
        api_key=account.key or NO_KEY, base_url=account.base_url or MISTRAL_URL, http_client=http
    )
    return MistralModel(model, provider=provider)


def _bedrock(account: Account, model: str, http: httpx2.AsyncClient) -> Model:  # noqa: ARG001 - it brings its own
    from pydantic_ai.models.bedrock import BedrockConverseModel  # noqa: PLC0415 - on first use
    from pydantic_ai.providers.bedrock import BedrockProvider  # noqa: PLC0415

    region = account.region or "us-east-1"
    if account.access_key_id is not None:
        provider = BedrockProvider(
            aws_access_key_id=account.access_key_id,
            aws_secret_access_key=account.key,
            region_name=region,
            base_url=account.base_url,
        )
    else:
        provider = BedrockProvider(api_key=account.key or NO_KEY, region_name=region, base_url=account.base_url)
    return BedrockConverseModel(model, provider=provider)


_OPEN: Mapping[str, Callable[[Account, str, httpx2.AsyncClient], Model]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "google": _google,
    "bedrock": _bedrock,
    "mistral": _mistral,
}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
