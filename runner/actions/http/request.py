"""From a configuration and inputs to the request that is sent: URL, headers and body, with inputs put in their places."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from domain.ids import derive
from domain.kinds.http import FileBody, FormBody, HttpConfiguration, JsonBody, MultipartBody, Part, TextBody
from domain.kinds.placeholders import Place, as_text, fill, fill_value, only_place, read_parts
from domain.values import BLOB, Value, ValueRefused, encode, encode_canonical, value_at
from runner.actions.contract import FileContents, TaskRun
from runner.actions.http.failed import REQUEST_MISFIT, misfit
from runner.actions.http.multipart import FilePart, TextPart, multipart

REQUEST_BYTES_MAX = 500 * 1024 * 1024
URL_CHARACTERS_MAX = 16_000
HEADER_CHARACTERS_MAX = 8_000
BOUNDARY_BYTES = 20

Pieces = Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Content:
    """A body: what it is, how long, and its pieces, which can be asked for more than once."""

    media_type: str
    size: int
    pieces: Pieces


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request as it is sent, but for what a credential adds."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: Content | None = None
    hosts: tuple[str, ...] = field(default=())

    @property
    def shown(self) -> str:
        """Method and URL as they may be shown: without query, which may hold what is not everyone's business."""
        return f"{self.method} {self.url.partition('?')[0]}"


def prepare(config: HttpConfiguration, inputs: Mapping[str, Value], run: TaskRun, files: FileContents) -> Prepared:
    """The request; raises RequestFailed where inputs make none that can be sent."""
    url = _url(config, inputs)
    headers = {name: _header(name, text, inputs) for name, text in config.headers.items()}
    if config.idempotency_header is not None:
        headers[config.idempotency_header] = idempotency_key(config, inputs, run, url)
    content = _content(config, inputs, files)
    if content is not None and content.size > REQUEST_BYTES_MAX:
        raise misfit(REQUEST_MISFIT, f"a body of at most {REQUEST_BYTES_MAX} bytes", f"it has {content.size}")
    if content is not None and not (content.media_type.isascii() and content.media_type.isprintable()):
        raise misfit(REQUEST_MISFIT, "a media type of printable ASCII", "the body has another")
    return Prepared(
        config.method, url, {name: text for name, text in headers.items() if text is not None}, content, config.hosts
    )


def idempotency_key(config: HttpConfiguration, inputs: Mapping[str, Value], run: TaskRun, url: str) -> str:
    """By what a service knows the request again: the same for every attempt of a run that sends the same, and for no other."""
    one = run.run
    said = [one.task, one.item, one.round, config.method, url, dict(config.headers)]
    body = None if config.body is None else config.body.model_dump(mode="json")
    digest = sha256(encode_canonical([*said, body, dict(inputs)])).hexdigest()
    return str(derive(run.job_id, "idempotency_key", digest))


def _url(config: HttpConfiguration, inputs: Mapping[str, Value]) -> str:
    whole = only_place(config.url)
    if whole is not None:
        url = as_text(value_at(dict(inputs), whole.path))
    else:
        path, mark, query = config.url.partition("?")
        written = fill(query, inputs, _quoted) or "" if mark else ""
        url = f"{_path(path, inputs)}?{written}" if written else _path(path, inputs)
    parts = urlsplit(url)
    try:
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.username is not None or not url.isprintable() or len(url) > URL_CHARACTERS_MAX:
        raise misfit(
            REQUEST_MISFIT,
            f"a URL with http or https and a host, without user, of at most {URL_CHARACTERS_MAX} characters",
            f"{'the input gives another' if whole else 'the inputs make another'}",
        )
    added = urlencode(list(_fields(config.query, inputs)), quote_via=quote, safe="")
    if not added:
        return url
    front, _, fragment = url.partition("#")
    return f"{front}{'&' if '?' in front else '?'}{added}{'#' + fragment if fragment else ''}"


def _path(path: str, inputs: Mapping[str, Value]) -> str:
    """The URL up to its query. What is put in cannot leave its place: it is encoded, and neither nothing nor dots alone."""
    pieces: list[str] = []
    for part in read_parts(path):
        if isinstance(part, Place):
            text = as_text(value_at(dict(inputs), part.path))
            if text in ("", ".", ".."):
                raise misfit(
                    REQUEST_MISFIT, f"a text for {part.written}, which stands in the path", "it is empty or dots"
                )
            pieces.append(_quoted(text))
        else:
            pieces.append(part)
    url = "".join(pieces)
    if {".", ".."} & set(url.split("/")[3:]):
        raise misfit(REQUEST_MISFIT, "a path without steps back", "the inputs make one with dots alone between slashes")
    return url


def _header(name: str, text: str, inputs: Mapping[str, Value]) -> str | None:
    filled = fill(text, inputs)
    if filled is None:
        return None
    filled = filled.strip()
    if not filled.isprintable() or len(filled) > HEADER_CHARACTERS_MAX:
        expected = f"printable text of at most {HEADER_CHARACTERS_MAX} characters for the header {name}"
        raise misfit(REQUEST_MISFIT, expected, "the inputs make another")
    # Beyond Latin-1, headers have no way to say what they are in; RFC 8187 is for parameters only.
    return filled if filled.isascii() else quote(filled, safe=" !#$%&'()*+,-./:;<=>?@[]^_`{|}~\"\\")


def _fields(fields: Mapping[str, str], inputs: Mapping[str, Value]) -> list[tuple[str, str]]:
    """Names and texts in their order: a list several times, nothing not at all."""
    found: list[tuple[str, str]] = []
    for name, text in fields.items():
        place = only_place(text)
        value: Any = fill(text, inputs) if place is None else value_at(dict(inputs), place.path)
        if isinstance(value, list):
            found += [(name, as_text(item)) for item in value if item is not None]
        elif value is not None:
            found.append((name, as_text(value)))
    return found


def _content(config: HttpConfiguration, inputs: Mapping[str, Value], files: FileContents) -> Content | None:
    match config.body:
        case None:
            return None
        case JsonBody(value=form):
            return _whole("application/json", _json(fill_value(form, inputs)))
        case FormBody(fields=fields):
            return _whole("application/x-www-form-urlencoded", urlencode(_fields(fields, inputs)).encode())
        case TextBody(text=text, media_type=media_type):
            return _whole(media_type, (fill(text, inputs) or "").encode())
        case FileBody(file=name, media_type=media_type):
            file = _file(name, inputs)
            blob = file["content"][BLOB]
            return Content(media_type or blob["type"], blob["size"], lambda: files.open(file))
        case MultipartBody(parts=parts):
            boundary = secrets.token_hex(BOUNDARY_BYTES)  # Nobody can write it into an input.
            made: list[TextPart | FilePart] = []
            for part in parts:
                if part.file is not None:
                    if (given := inputs.get(part.file)) is not None:
                        made.append(_file_part(part, given, files))
                elif (text_given := fill(part.text or "", inputs)) is not None:
                    made.append(TextPart(part.name, text_given.encode(), part.media_type))
            size, pieces = multipart(made, boundary)
            return Content(f"multipart/form-data; boundary={boundary}", size, pieces)


def _file_part(part: Part, file: Mapping[str, Any], files: FileContents) -> FilePart:
    blob = file["content"][BLOB]
    name, media_type = part.file_name or file["name"], part.media_type or blob["type"]
    return FilePart(part.name, name, media_type, blob["size"], lambda: files.open(file))


def _whole(media_type: str, content: bytes) -> Content:
    async def pieces() -> AsyncIterator[bytes]:
        yield content

    return Content(media_type, len(content), pieces)


def _json(value: Value) -> bytes:
    try:
        return encode(value)
    except ValueRefused as refused:
        raise misfit(REQUEST_MISFIT, "a body that JSON can hold", refused.message.rstrip(".")) from None


def _file(name: str, inputs: Mapping[str, Value]) -> Mapping[str, Any]:
    file = inputs.get(name)
    if file is None:
        raise misfit(REQUEST_MISFIT, f"a file in {name} to send", "there is none")
    found: Mapping[str, Any] = file
    return found


def _quoted(text: str) -> str:
    return quote(text, safe="")
