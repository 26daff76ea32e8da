"""What is recorded of asking a model: the exact words, the parameters, each answer with its tokens and how long it took."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.jobs.run import Usage
from domain.money import Cost
from domain.values import BLOB
from runner.actions.asking.prices import CostOf, added
from runner.actions.asking.prompt import Prompt

CHARACTERS_A_TOKEN = 3
"""So few that what is estimated is rather more than what it will be."""
TOKENS_A_FILE_MAX = 40_000
BYTES_A_TOKEN = 30  # of an image or a PDF, which are counted by area and pages


@dataclass(slots=True)
class Recorder:
    """Gathers evidence and usage while a model is asked, so that a failure has them too."""

    provider: str
    model: str
    cost_of: CostOf
    about: dict[str, Any]
    messages: list[dict[str, Any]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Cost | None = None

    def told(self, prompt: Prompt) -> None:
        """What the model is told first."""
        if prompt.system:
            self.messages.append({"role": "system", "text": plain(prompt.system)})
        said: dict[str, Any] = {"role": "user", "text": plain(prompt.user)}
        if prompt.files:
            said["files"] = [shown_file(file) for file in prompt.files]
        self.messages.append(said)

    def answered(self, text: str, **about: Any) -> None:
        """An answer, as it came."""
        self.messages.append({"role": "assistant", "text": plain(text)})
        self._count(about)

    def broke_off(self, **about: Any) -> None:
        """An answer of which a part came: it used something too."""
        self._count({**about, "estimated": True, "broke_off": True})

    def _count(self, about: Mapping[str, Any]) -> None:
        tokens = (int(about["input_tokens"]), int(about["output_tokens"]))
        cost = self.cost_of(*tokens)
        self.cost = cost if not self.requests else added(self.cost, cost)
        self.requests.append({name: value for name, value in about.items() if value is not None})
        self.input_tokens += tokens[0]
        self.output_tokens += tokens[1]

    def said_again(self, sentence: str) -> None:
        """What the model is told of an answer that does not fit."""
        self.messages.append({"role": "user", "text": plain(sentence)})

    @property
    def evidence(self) -> dict[str, Any]:
        """All of it, as JSON."""
        return {
            "provider": self.provider,
            "model": self.model,
            **self.about,
            "messages": list(self.messages),
            "requests": list(self.requests),
        }

    @property
    def usage(self) -> Usage | None:
        """What was used up so far."""
        if not self.requests:
            return None
        return Usage(
            provider=self.provider,
            model=self.model,
            requests=len(self.requests),
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cost=self.cost,
        )


def tokens_of(text: str) -> int:
    """About how many tokens a text is, rather more."""
    return math.ceil(len(text) / CHARACTERS_A_TOKEN)


def tokens_of_file(size: int) -> int:
    """About how many tokens a file is."""
    return min(math.ceil(size / BYTES_A_TOKEN), TOKENS_A_FILE_MAX)


def shown_file(file: Mapping[str, Any]) -> dict[str, Any]:
    """A file by what tells it from all others."""
    content = file["content"][BLOB]
    return {"name": file["name"], **{part: content[part] for part in ("type", "size", "hash") if part in content}}


def plain(text: str) -> str:
    """Text as a value may hold it."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
