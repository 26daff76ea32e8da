"""Errors of the kinds that ask language models: `ai` and `agentic_review`."""

from __future__ import annotations

from domain.kinds.errors.error import TaskError
from domain.kinds.errors.shared import ADDRESS_REFUSED, CREDENTIAL_ERRORS

MODEL_ERRORS = (
    TaskError(
        "ANSWER_MISFIT",
        "no answer fitted, however often it was asked",
        "say in the descriptions what is meant; allow more `repairs`",
        "always",
    ),
    TaskError("ANSWER_CUT", "the answer was cut off", "raise `output_tokens_max` or the budget; ask for less"),
    TaskError("ANSWER_UNREADABLE", "the provider answered against its own protocol", "ask its owner", "always"),
    TaskError(
        "BUDGET_EXCEEDED",
        "nothing is left of a budget of the task, its workflow or its workspace",
        "raise it, or wait for the next month",
    ),
    TaskError(
        "BUDGET_UNKNOWN", "what is left of a budget cannot be read for now", "look after the projector", "always"
    ),
    TaskError(
        "PRICE_UNKNOWN", "a budget is in money, and nobody knows what the model costs", "give the task a `price`"
    ),
    TaskError(
        "MODEL_BUSY",
        "too many requests; the task waits at least as long as the provider says",
        "set a limit (`OPUS_LIMITS`)",
        "always",
    ),
    TaskError("MODEL_QUOTA", "the account has used up what it may", "pay, or use another credential"),
    TaskError("MODEL_DOWN", "the provider has trouble", "retries", "always"),
    TaskError("MODEL_UNREACHABLE", "the provider cannot be reached, or broke off", "retries", "always"),
    TaskError("MODEL_TIMEOUT", "there was no answer in time", "a longer time limit", "always"),
    TaskError("MODEL_DENIED", "the provider does not accept the key", "set new secrets"),
    TaskError("MODEL_UNKNOWN", "the provider has no such model", "correct `model`"),
    TaskError("MODEL_REFUSED", "the model declined to answer", "ask otherwise; take the error route to a person"),
    TaskError("PROMPT_TOO_LARGE", "more than the model can take", "split the input"),
    TaskError(
        "REQUEST_REFUSED",
        "the provider refuses the request for another reason, which the message tells",
        "by what it says",
    ),
    TaskError("FILE_REFUSED", "a file of a type or size that the model does not take", "`extract_text` before it"),
    TaskError("PROVIDER_MISSING", "what speaks to the provider is not installed", "install its extra"),
    TaskError("CREDENTIAL_MISFIT", "the credential is of another kind, or opens nothing", "correct it"),
    ADDRESS_REFUSED,
    *CREDENTIAL_ERRORS,
)
