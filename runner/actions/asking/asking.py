"""Asks a model until its answer fits, at most so often as the task says; each request is made within what may still be used."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Any

from domain.kinds.asking_models import AskingConfiguration
from domain.values import BLOB
from runner.actions.answer_limits import bound
from runner.actions.asking import failures
from runner.actions.asking.answers import ANSWER_CHARACTERS_MAX, AnswerMisfit, Asked, Wanted, read_answer
from runner.actions.asking.limits import Limited
from runner.actions.asking.prices import cost_of
from runner.actions.asking.prompt import FILE_BYTES_MAX, FILES_BYTES_MAX, FILES_MAX, Prompt, fenced
from runner.actions.asking.providers import CannotAsk, account_of, open_model
from runner.actions.asking.recorded import CHARACTERS_A_TOKEN, Recorder, tokens_of, tokens_of_file
from runner.actions.contract import BudgetExceeded, Failed, Tools

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage, ModelResponse, UserContent
    from pydantic_ai.models import Model, ModelRequestParameters
    from pydantic_ai.settings import ModelSettings

OUTPUT_TOOL = "give_result"
OUTPUT_TOOL_HELP = "Gives the result. Call it exactly once, with everything that is asked for."
TOKENS_MAX = 10**9
"""No request uses more, whatever a provider says: prices and budgets are reckoned exactly within it."""
REPORT_SECONDS = 1.0
"""What is left of the time of a task to say that there was no answer, with what was used."""
PROGRESS_SECONDS = 1.0
TEXT_TYPES = frozenset({"application/json", "application/xml", "application/x-ndjson", "application/yaml"})
"""Types of files that are text, beside `text/…`."""


async def ask(config: AskingConfiguration, prompt: Prompt, wanted: Wanted, tools: Tools) -> Asked | Failed:
    """The model's answer as the outputs that are wanted, or why there is none; evidence and usage go with both."""
    name = config.credential or ""
    secrets = await tools.credentials.open(name)
    try:
        account = account_of(secrets.kind, secrets.values, name)
    except CannotAsk as cannot:
        return cannot.failed
    priced = cost_of(config.price, account.provider, config.model, account.base_url)
    about = {"credential": {"name": name, "revision": secrets.revision}, "parameters": _parameters(config)}
    recorder = Recorder(account.provider, config.model, priced, about)
    seconds = max(tools.deadline_seconds - REPORT_SECONDS, REPORT_SECONDS)
    began = monotonic()
    try:
        async with asyncio.timeout(seconds), tools.outgoing.client(timeout=seconds) as http:
            bound(http)
            model = await open_model(account, config.model, tools.outgoing, http)
            asking = _Asking(config, wanted, tools, model, recorder, Limited(config, tools.budget, priced))
            outputs = await asking.until_it_fits(prompt)
    except TimeoutError:
        failed = failures.out_of_time(seconds)
    except CannotAsk as cannot:
        failed = cannot.failed
    except BudgetExceeded as exceeded:
        failed = Failed(exceeded.code, exceeded.message, retryable=exceeded.retryable)
    except Exception as error:
        known = failures.failure_of(error, config.model, account.secrets)
        if known is None:
            raise
        failed = known
    else:
        return Asked(outputs, _within(recorder.evidence, began), recorder.usage)
    return replace(failed, evidence=_within(recorder.evidence, began), usage=recorder.usage)


@dataclass(slots=True)
class _Asking:
    config: AskingConfiguration
    wanted: Wanted
    tools: Tools
    model: Model
    recorder: Recorder
    limited: Limited
    took: float = 0.0  # the last request, in seconds

    async def until_it_fits(self, prompt: Prompt) -> dict[str, Any]:
        """Asks, and asks again with what is wrong; raises CannotAsk when no answer fits."""
        parameters = self._request_parameters()
        self.recorder.told(prompt)
        messages, tokens = await self._first(prompt)
        for again in range(self.config.repairs + 1):
            response = await self._request(messages, parameters, tokens)
            text = _answer_in(response)
            tokens += self._record(response, text, tokens)
            self._refuse_unfinished(response)
            try:
                return read_answer(self.wanted, text)
            except AnswerMisfit as misfit:
                if again == self.config.repairs:
                    raise CannotAsk(_never_fitting(misfit, again + 1)) from misfit
                sentence = f"{misfit.sentence} Give the whole result again, corrected."
                self.recorder.said_again(sentence)
                messages += [response, _correction(response, sentence)]
                tokens += tokens_of(sentence)
        raise AssertionError("the last answer either fits or is refused")

    async def _first(self, prompt: Prompt) -> tuple[list[ModelMessage], int]:
        from pydantic_ai.messages import ModelRequest, SystemPromptPart, UserPromptPart  # noqa: PLC0415

        content: list[UserContent] = [prompt.user]
        tokens = tokens_of(prompt.system) + tokens_of(prompt.user)
        for said, size in await self._files(prompt.files):
            content.append(said)
            tokens += tokens_of(said) if isinstance(said, str) else tokens_of_file(size)
        parts: list[SystemPromptPart | UserPromptPart] = [SystemPromptPart(prompt.system)] if prompt.system else []
        parts.append(UserPromptPart(content if len(content) > 1 else prompt.user))
        return [ModelRequest(parts)], tokens

    async def _files(self, files: Sequence[Mapping[str, Any]]) -> list[tuple[UserContent, int]]:
        from pydantic_ai.messages import BinaryContent  # noqa: PLC0415

        sizes = [int(file["content"][BLOB]["size"]) for file in files]
        if len(files) > FILES_MAX or sum(sizes) > FILES_BYTES_MAX or max(sizes, default=0) > FILE_BYTES_MAX:
            raise CannotAsk(
                Failed(
                    failures.FILE_REFUSED,
                    f"Expected at most {FILES_MAX} files of {FILE_BYTES_MAX} bytes, and of {FILES_BYTES_MAX} together, "
                    f"but got {len(files)} of {sum(sizes)} together.",
                )
            )
        found: list[tuple[UserContent, int]] = []
        for file, size in zip(files, sizes, strict=True):
            kind = str(file["content"][BLOB].get("type", "")).partition(";")[0].strip().lower()
            content = await self.tools.files.read(file)
            if kind.startswith("text/") or kind in TEXT_TYPES:
                found.append((fenced(f"file {file['name']}", content.decode("utf-8", "replace")), size))
            elif self._takes(kind):
                found.append((f"file {file['name']}:", 0))
                found.append((BinaryContent(content, media_type=kind), size))
            else:
                raise CannotAsk(
                    Failed(
                        failures.FILE_REFUSED,
                        f"Expected a file that {self.config.model} takes (an image, a PDF, text), "
                        f"but {file['name']} is {kind or 'of no known type'}.",
                    )
                )
        return found

    def _takes(self, kind: str) -> bool:
        profile = self.model.profile
        if kind.startswith("image/"):
            return bool(profile.get("supports_image_input", True))
        if kind.startswith("audio/"):
            return bool(profile.get("supports_audio_file_input", False))
        documents = profile.get("supported_document_media_types")
        allowed = kind == "application/pdf" if documents is None else kind in documents
        return allowed and bool(profile.get("supports_document_input", True))

    async def _request(
        self, messages: list[ModelMessage], parameters: ModelRequestParameters, tokens: int
    ) -> ModelResponse:
        from pydantic_ai.direct import model_request_stream  # noqa: PLC0415

        output_tokens = await self.limited.reserve(tokens)
        began = told = monotonic()
        characters = 0
        used: tuple[int, int] = (0, 0)
        try:
            async with model_request_stream(
                self.model,
                messages,
                model_settings=self._settings(output_tokens),
                model_request_parameters=parameters,
                instrument=False,
            ) as stream:
                async for event in stream:
                    characters += _characters(event)
                    if characters > ANSWER_CHARACTERS_MAX:
                        raise CannotAsk(_too_long())
                    if monotonic() - told >= PROGRESS_SECONDS:
                        told = monotonic()
                        self.tools.progress(characters, note=f"{self.config.model} answers")
                response = stream.get()
            used = _used(response, tokens)
        finally:
            if used == (0, 0) and characters:
                # What a request used that broke off is not known; it has taken at least what it was told.
                used = (tokens, math.ceil(characters / CHARACTERS_A_TOKEN))
                seconds = round(monotonic() - began, 3)
                self.recorder.broke_off(input_tokens=used[0], output_tokens=used[1], seconds=seconds)
            self.limited.spent(*used)
        self.recorder.about.setdefault("answered_by", response.model_name)
        self.took = monotonic() - began
        return response

    def _record(self, response: ModelResponse, text: str, tokens: int) -> int:
        """Records an answer; gives about how many tokens it adds to what is told next."""
        input_tokens, output_tokens = _used(response, tokens)
        measured = bool(response.usage.input_tokens or response.usage.output_tokens)
        self.recorder.answered(
            text,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            estimated=None if measured else True,
            seconds=round(self.took, 3),
            finish_reason=response.finish_reason,
            model=response.model_name,
            id=response.provider_response_id,
        )
        return output_tokens

    def _refuse_unfinished(self, response: ModelResponse) -> None:
        if response.finish_reason == "content_filter":
            said = (response.provider_details or {}).get("refusal")
            raise CannotAsk(failures.refused_by_model(self.config.model, said if isinstance(said, str) else None))
        if response.finish_reason == "length":
            raise CannotAsk(_cut(self.config))

    def _settings(self, output_tokens: int | None) -> ModelSettings:
        given = {
            "temperature": self.config.temperature,
            "top_p": self.config.top_p,
            "seed": self.config.seed,
            "max_tokens": output_tokens,
        }
        # Trying again is the task's own policy, so the library's is switched off.
        known: ModelSettings = {"max_retries": 0}
        known.update({name: value for name, value in given.items() if value is not None})  # type: ignore[typeddict-item]
        return known

    def _request_parameters(self) -> ModelRequestParameters:
        from pydantic_ai.models import ModelRequestParameters  # noqa: PLC0415
        from pydantic_ai.output import OutputObjectDefinition  # noqa: PLC0415
        from pydantic_ai.tools import ToolDefinition  # noqa: PLC0415

        about = self.recorder.about
        if self.wanted.as_text:
            about["answering"] = "text"
            return ModelRequestParameters(output_mode="text", allow_text_output=True)
        schema = about["schema"] = self.wanted.schema
        answering = self.config.answering or _usual(self.model)
        about["answering"] = answering
        if answering == "tool":
            tool = ToolDefinition(
                name=OUTPUT_TOOL, description=OUTPUT_TOOL_HELP, parameters_json_schema=schema, kind="output"
            )
            return ModelRequestParameters(output_mode="tool", output_tools=[tool], allow_text_output=False)
        mode = "native" if answering == "schema" else "prompted"
        return ModelRequestParameters(
            output_mode=mode,  # type: ignore[arg-type] # one of the two it is
            output_object=OutputObjectDefinition(json_schema=schema, name="result"),
            allow_text_output=True,
        )


def _usual(model: Model) -> str:
    mode = model.profile.get("default_structured_output_mode", "tool")
    return {"tool": "tool", "native": "schema", "prompted": "prompt"}.get(mode, "tool")


def _answer_in(response: ModelResponse) -> str:
    """The arguments of the tool that gives the result, or else what the model wrote: some write what they should call."""
    from pydantic_ai.messages import TextPart, ToolCallPart  # noqa: PLC0415

    for part in response.parts:
        if isinstance(part, ToolCallPart) and part.tool_name == OUTPUT_TOOL:
            return part.args if isinstance(part.args, str) else part.args_as_json_str()
    return "".join(part.content for part in response.parts if isinstance(part, TextPart))


def _correction(response: ModelResponse, sentence: str) -> ModelMessage:
    from pydantic_ai.messages import (  # noqa: PLC0415
        ModelRequest,
        ToolCallPart,
        ToolReturnPart,
        UserPromptPart,
    )

    calls = [part for part in response.parts if isinstance(part, ToolCallPart)]
    if not calls:
        return ModelRequest([UserPromptPart(sentence)])
    return ModelRequest([ToolReturnPart(one.tool_name, sentence, one.tool_call_id) for one in calls])


def _used(response: ModelResponse, tokens: int) -> tuple[int, int]:
    """Tokens in and out, as the provider says, or as they are estimated where it says nothing."""
    usage = response.usage
    if usage.input_tokens or usage.output_tokens:
        return min(usage.input_tokens, TOKENS_MAX), min(usage.output_tokens, TOKENS_MAX)
    return tokens, tokens_of(_answer_in(response))


def _characters(event: Any) -> int:
    """How much an event of a stream brings."""
    brought = getattr(event, "delta", None) or getattr(event, "part", None)
    for name in ("content_delta", "args_delta", "content", "args"):
        text = getattr(brought, name, None)
        if isinstance(text, str):
            return len(text)
    return 0


def _parameters(config: AskingConfiguration) -> dict[str, Any]:
    names = ("temperature", "top_p", "output_tokens_max", "seed", "repairs")
    return {name: value for name in names if (value := getattr(config, name)) is not None}


def _within(evidence: dict[str, Any], began: float) -> dict[str, Any]:
    return {**evidence, "seconds": round(monotonic() - began, 3)}


def _never_fitting(misfit: AnswerMisfit, times: int) -> Failed:
    details = [{"path": one.path, "expected": one.expected, "found": one.found} for one in misfit.details[:20]]
    message = f"Expected an answer as declared, but of {times} none was. {misfit.sentence}"
    return Failed(failures.ANSWER_MISFIT, message, retryable=True, details=details)


def _too_long() -> Failed:
    message = f"Expected an answer of at most {ANSWER_CHARACTERS_MAX} characters, but it is longer."
    return Failed(failures.ANSWER_CUT, message)


def _cut(config: AskingConfiguration) -> Failed:
    most = "what its provider allows" if config.output_tokens_max is None else f"{config.output_tokens_max} tokens"
    return Failed(
        failures.ANSWER_CUT,
        f"Expected a whole answer, but it was cut off at {most} or at what is left of a budget: "
        "allow more, or ask for less.",
    )
