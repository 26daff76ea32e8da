"""The kind `http`: one request to a service, made up of the task's inputs, and its answer taken apart into outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, Strict, StringConstraints

from domain.events import Recorded
from domain.graph import Repetition
from domain.kinds import http_findings, placeholders
from domain.kinds.conditions import PathText
from domain.kinds.contract import Configuration, Finding, Kind, OutputsOf
from domain.kinds.credential_names import CredentialName
from domain.kinds.errors.http import HTTP_ERRORS
from domain.kinds.http_methods import IDEMPOTENT, READING, Effect, Method
from domain.types import FileType, NumberType, ObjectType, TextType, ValueType
from domain.variables import Direction, Name, Variable

CARRIED = ("bearer", "api_key", "basic", "jwt", "oauth2_client")
"""The kinds of credentials that a request can carry."""
STATUS, HEADERS, BODY = "status", "headers", "body"
SECONDS_USUAL = 60.0
SECONDS_MAX = 3_600.0
REDIRECTS_USUAL = 5
REDIRECTS_MAX = 20
ANSWER_BYTES_USUAL = 10 * 1024 * 1024
ANSWER_BYTES_MAX = 100 * 1024 * 1024

Texts = dict[str, str]
Status = Annotated[str, StringConstraints(pattern=r"^[1-5](xx|[0-9]{2})$")]
Seconds = Annotated[float, Strict(), Field(gt=0, le=SECONDS_MAX)]
Redirects = Annotated[int, Strict(), Field(ge=0, le=REDIRECTS_MAX)]
AnswerBytes = Annotated[int, Strict(), Field(ge=1, le=ANSWER_BYTES_MAX)]


class JsonBody(Recorded):
    """A value sent as JSON: a text in it that is one place becomes what is there, and is left out when that is nothing."""

    type: Literal["json"]
    value: Any = None


class FormBody(Recorded):
    """Fields sent as a web form; one that is a place without a value is left out, one that is a list is sent several times."""

    type: Literal["form"]
    fields: Texts = Field(default_factory=dict)


class Part(Recorded):
    """One part of a multipart body: a text, or the file that an input holds."""

    name: str
    text: str | None = None
    file: Name | None = None
    file_name: str | None = None
    media_type: str | None = None


class MultipartBody(Recorded):
    """Texts and files sent as multipart/form-data."""

    type: Literal["multipart"]
    parts: tuple[Part, ...] = ()


class TextBody(Recorded):
    """A text sent as it is, in UTF-8."""

    type: Literal["text"]
    text: str = ""
    media_type: str = "text/plain; charset=utf-8"


class FileBody(Recorded):
    """The content of the file that an input holds, sent as it is."""

    type: Literal["file"]
    file: Name
    media_type: str | None = None


Body = Annotated[JsonBody | FormBody | MultipartBody | TextBody | FileBody, Field(discriminator="type")]


class HttpConfiguration(Configuration):
    """The request, with places for inputs (`{order.id}`), and how its answer is read.

    Headers and query are texts by name. `accepts` are the statuses that are no failure: `200`, `2xx`. Of a JSON answer, `outputs` are
    declared and `paths` say where each stands in it (`data.id`; without one, under its own name); `body_type` types the whole.
    `effect` says what a request does that its method does not tell: `none` for a POST that only asks, `once` for what must not be
    repeated. `idempotency_header` names the header by which the service knows a request again. `hosts` are those that a URL which
    is wholly an input may lead to.
    """

    method: Method = "GET"
    url: str = ""
    query: Texts = Field(default_factory=dict)
    headers: Texts = Field(default_factory=dict)
    body: Body | None = None
    credential: Annotated[str, CredentialName(*CARRIED)] | None = None
    inputs: tuple[Variable, ...] = ()
    read: Literal["json", "text", "file", "nothing"] = "json"
    body_type: ValueType | None = None
    outputs: tuple[Variable, ...] = ()
    paths: dict[str, PathText] = Field(default_factory=dict)
    accepts: tuple[Status, ...] = ("2xx",)
    effect: Effect | None = None
    idempotency_header: str | None = None
    hosts: tuple[str, ...] = ()
    redirects_max: Redirects = REDIRECTS_USUAL
    seconds_max: Seconds = SECONDS_USUAL
    answer_bytes_max: AnswerBytes = ANSWER_BYTES_USUAL


class Http(Kind[HttpConfiguration]):
    """Calls a service by HTTP."""

    name = "http"
    title = "HTTP request"
    help = "Calls a service: method, URL, headers and body with places for inputs, signed in by a credential; its answer becomes outputs."
    config = HttpConfiguration
    errors = HTTP_ERRORS

    def inputs(self, config: HttpConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The declared inputs."""
        return config.inputs

    def outputs(self, config: HttpConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """Status, headers, the body as it is read, and what is declared of it."""
        return (*fixed_outputs(config), *config.outputs)

    def has_effect(self, config: HttpConfiguration) -> bool:
        """Whether the request does more than ask."""
        return effect_of(config) != "none"

    def repetition_of(self, config: HttpConfiguration) -> Repetition:
        """A request that must not be made twice is made once, unless the service knows it again."""
        return "once" if effect_of(config) == "once" else "repeatable"

    def renamed_variable(
        self, config: HttpConfiguration, direction: Direction, old: str, new: str
    ) -> HttpConfiguration | None:
        """The request with an input under its new name, or the paths with an output."""
        renamed = super().renamed_variable(config, direction, old, new)
        if renamed is None:
            return None
        if direction == "output":
            paths = {name: path for name, path in config.paths.items() if name != old}
            return renamed.model_copy(update={"paths": paths | {new: config.paths.get(old, (old,))}})
        form = config.model_dump(mode="json", include={"url", "query", "headers", "body"})
        body = form["body"]
        if body is not None:
            named = [body, *body.get("parts", ())]
            for one in named:
                if one.get("file") == old:
                    one["file"] = new
        return self.read(renamed.model_dump(mode="json") | placeholders.renamed_in(form, old, new))

    def written(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """Paths are written with dots, where no step has one itself."""
        written = dict(form)
        if "paths" in form:
            written["paths"] = {
                name: path if isinstance(path, str) or any("." in step for step in path) else ".".join(path)
                for name, path in form["paths"].items()
            }
        return written

    def findings(self, config: HttpConfiguration) -> Iterator[Finding]:
        """The request must be one that can be made, of declared inputs, and the answer one that can be taken apart."""
        yield from http_findings.of_request(config)
        yield from http_findings.of_answer(config, {one.name for one in fixed_outputs(config)})


def fixed_outputs(config: HttpConfiguration) -> tuple[Variable, ...]:
    """What every answer gives: `status`, `headers`, and `body` unless it is not read."""
    status = Variable(name=STATUS, type=NumberType(minimum=100, maximum=599))
    headers = Variable(name=HEADERS, type=ObjectType())
    bodies: dict[str, ValueType] = {
        "json": config.body_type or ObjectType(),
        "text": TextType(),
        "file": FileType(),
    }
    if config.read not in bodies or (config.outputs and config.body_type is None):
        return (status, headers)
    return (status, headers, Variable(name=BODY, type=bodies[config.read], required=config.read == "file"))


def effect_of(config: HttpConfiguration) -> Effect:
    """What the request does: nothing but ask, something that may be done again, or something that may not."""
    if config.effect is not None:
        return config.effect
    if config.method in READING:
        return "none"
    return "repeatable" if config.method in IDEMPOTENT or config.idempotency_header else "once"
