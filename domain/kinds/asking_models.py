"""What is set of every task that asks a language model: which one, how, and how much it may use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, Strict, StringConstraints

from domain.budgets import Budget
from domain.events import Recorded
from domain.kinds.contract import Configuration, Finding
from domain.kinds.credential_names import CredentialName
from domain.money import Amount
from domain.types import FilesType, FileType, ListType, ObjectType, ValueType

MODEL_CHARACTERS_MAX = 200
OUTPUT_TOKENS_MAX = 1_000_000
REPAIRS_USUAL = 2
REPAIRS_MAX = 5

Answering = Literal["tool", "schema", "prompt"]
"""How a model is held to the declared outputs: by a tool that it must call, by the provider's own schema, or by its prompt alone."""


class Price(Recorded):
    """What a million tokens cost, where it is not known here: of a model of one's own, or by a contract."""

    input: Amount
    output: Amount
    currency: Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{3}$")] = "USD"


class AskingConfiguration(Configuration):
    """Which model is asked, by which credential, with which parameters, and within which budget (of each attempt).

    `answering` is chosen by what the model can do where it is not set; `repairs` is how often the model is asked again when its
    answer does not fit.
    """

    credential: Annotated[str, CredentialName("model")] | None = None
    model: str = ""
    temperature: Annotated[float, Strict(), Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Strict(), Field(gt=0, le=1)] | None = None
    output_tokens_max: Annotated[int, Field(strict=True, ge=1, le=OUTPUT_TOKENS_MAX)] | None = None
    seed: Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)] | None = None
    answering: Answering | None = None
    repairs: Annotated[int, Field(strict=True, ge=0, le=REPAIRS_MAX)] = REPAIRS_USUAL
    budget: Budget | None = None
    price: Price | None = None


def asking_findings(config: AskingConfiguration) -> Iterator[Finding]:
    """A model and a credential must be named, and money be more than nothing."""
    if not (config.credential or "").strip():
        yield Finding("MISSING_CONFIGURATION", "credential", "the credential of a model provider", "none")
    if not config.model.strip():
        yield Finding("MISSING_CONFIGURATION", "model", "the name of a model, as its provider has it", "nothing")
    elif len(config.model) > MODEL_CHARACTERS_MAX:
        expected = f"the name of a model of at most {MODEL_CHARACTERS_MAX} characters"
        yield Finding("MODEL_MISFIT", "model", expected, f"{len(config.model)}")
    if config.budget is not None and config.budget.tokens is None and config.budget.cost is None:
        yield Finding("MISSING_CONFIGURATION", "budget", "tokens or a cost", "neither")


def no_files(part: str, name: str, declared: ValueType | None) -> Iterator[Finding]:
    """A model gives no files."""
    if _holds_file(declared):
        yield Finding("FILE_FROM_MODEL", f"{part}.{name}", "an output that a model can give", "a file")


def _holds_file(declared: ValueType | None) -> bool:
    match declared:
        case FileType() | FilesType():
            return True
        case ListType():
            return _holds_file(declared.items)
        case ObjectType():
            return any(_holds_file(field.type) for field in declared.fields or ())
        case _:
            return False
