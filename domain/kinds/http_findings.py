"""What keeps a request of the kind `http` from being made, or its answer from being taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

from domain.kinds.contract import Finding
from domain.kinds.declared import declared_twice
from domain.kinds.http_methods import READING
from domain.kinds.placeholders import Place, PlaceholderMisread, only_place, read_parts, texts_in
from domain.types import (
    FilesType,
    FileType,
    ListType,
    NoSuchField,
    ObjectType,
    ValueType,
    describe,
    type_at,
)

if TYPE_CHECKING:
    from domain.kinds.http import HttpConfiguration, Part

URL_CHARACTERS_MAX = 8_000
FIELDS_MAX = 100

_URL = re.compile(r"https?://(?P<host>[^\s/?#@\\{}\[\]:]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:[/?].*)?", re.DOTALL)
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "expect", "trailer"})
_SECRET = frozenset({"authorization", "proxy-authorization", "cookie"})


def of_request(config: HttpConfiguration) -> Iterator[Finding]:
    """Method, URL, headers, body and what is put into them."""
    yield from declared_twice("inputs", config.inputs)
    yield from _of_url(config)
    for part in ("query", "headers"):
        fields: dict[str, str] = getattr(config, part)
        if len(fields) > FIELDS_MAX:
            yield Finding("REQUEST_MISFIT", part, f"at most {FIELDS_MAX}", f"{len(fields)}")
        for name, text in fields.items():
            yield from _of_text(config, f"{part}.{name}", text, lists=part == "query")
    for name in config.headers:
        yield from _of_header(name, f"headers.{name}")
    if config.idempotency_header is not None:
        yield from _of_header(config.idempotency_header, "idempotency_header")
        if config.method in READING:
            yield Finding("REQUEST_MISFIT", "idempotency_header", "a method that changes something", config.method)
    if config.body is not None:
        yield from _of_body(config)


def of_answer(config: HttpConfiguration, taken: AbstractSet[str]) -> Iterator[Finding]:
    """Outputs, where they stand, and which answers are no failure."""
    yield from declared_twice("outputs", config.outputs)
    if not config.accepts:
        yield Finding("MISSING_CONFIGURATION", "accepts", "at least one status that is no failure, like 2xx", "none")
    if config.read != "json":
        if config.outputs:
            expected = "outputs declared only of an answer that is read as json"
            yield Finding("REQUEST_MISFIT", "outputs", expected, f"an answer read as {config.read}")
        if config.body_type is not None:
            expected = "the type of a body that is read as json"
            yield Finding("REQUEST_MISFIT", "body_type", expected, f"an answer read as {config.read}")
    names = {variable.name for variable in config.outputs}
    for name in sorted(names & taken):
        yield Finding("DECLARED_TWICE", f"outputs.{name}", "another name than the answer's own", name)
    for variable in config.outputs:
        if isinstance(variable.type, FileType | FilesType):
            yield Finding("TYPE_MISMATCH", f"outputs.{variable.name}", "an output that JSON can hold", "a file")
    for name in config.paths:
        if name not in names:
            yield Finding("UNKNOWN_VARIABLE", f"paths.{name}", "the name of a declared output", name)


def _of_url(config: HttpConfiguration) -> Iterator[Finding]:
    url = config.url
    if not url.strip():
        yield Finding("MISSING_CONFIGURATION", "url", "a URL", "nothing")
        return
    if len(url) > URL_CHARACTERS_MAX:
        yield Finding("REQUEST_MISFIT", "url", f"a URL of at most {URL_CHARACTERS_MAX} characters", f"{len(url)}")
        return
    yield from _of_text(config, "url", url)
    try:
        whole = only_place(url)
    except PlaceholderMisread:
        return
    if whole is not None:
        if config.credential is not None and not config.hosts:
            expected = "the hosts that the credential may be sent to, since an input gives the URL"
            yield Finding("MISSING_CONFIGURATION", "hosts", expected, "none")
        return
    if _URL.fullmatch(url) is None or any(character in "# \t\r\n" or ord(character) < 32 for character in url):
        expected = "a URL like https://api.example.com/orders/{order}, its host written out, without user and fragment"
        yield Finding("REQUEST_MISFIT", "url", expected, "another")


def _of_header(name: str, place: str) -> Iterator[Finding]:
    if _TOKEN.fullmatch(name) is None:
        yield Finding("REQUEST_MISFIT", place, "the name of a header", "another text")
    elif name.lower() in _OURS:
        yield Finding("REQUEST_MISFIT", place, "a header that the request does not set by itself", name)
    elif name.lower() in _SECRET:
        yield Finding(
            "SECRET_IN_HEADER", place, "a credential, since everyone who sees the workflow sees its headers", name
        )


def _of_body(config: HttpConfiguration) -> Iterator[Finding]:
    body = config.body
    if config.method in READING:
        yield Finding("REQUEST_MISFIT", "body", f"no body, since {config.method} sends none", "one")
    match body:
        case None:
            return
        case _ if body.type == "json":
            for place, text in texts_in(body.value, "body.value"):
                yield from _of_text(config, place, text, objects=True)
        case _ if body.type == "form":
            for name, text in body.fields.items():
                yield from _of_text(config, f"body.fields.{name}", text, lists=True)
        case _ if body.type == "text":
            yield from _of_text(config, "body.text", body.text, objects=True)
        case _ if body.type == "file":
            yield from _of_file(config, "body.file", body.file)
        case _ if body.type == "multipart":
            if not body.parts:
                yield Finding("MISSING_CONFIGURATION", "body.parts", "at least one part", "none")
            for number, part in enumerate(body.parts):
                yield from _of_part(config, f"body.parts[{number}]", part)


def _of_part(config: HttpConfiguration, place: str, part: Part) -> Iterator[Finding]:
    if (part.text is None) == (part.file is None):
        found = "both" if part.file is not None else "neither"
        yield Finding("MISSING_CONFIGURATION", place, "a text, or the input that holds a file", found)
    if part.text is not None:
        yield from _of_text(config, f"{place}.text", part.text, objects=True)
    if part.file is not None:
        yield from _of_file(config, f"{place}.file", part.file)


def _of_file(config: HttpConfiguration, place: str, name: str) -> Iterator[Finding]:
    declared = next((one.type for one in config.inputs if one.name == name), None)
    if declared is None:
        yield Finding("UNKNOWN_VARIABLE", place, "the name of a declared input", name)
    elif not isinstance(declared, FileType):
        yield Finding("TYPE_MISMATCH", place, "an input that holds a file", describe(declared))


def _of_text(
    config: HttpConfiguration, place: str, text: str, *, lists: bool = False, objects: bool = False
) -> Iterator[Finding]:
    """Places of declared inputs, of types that can stand there: `lists` where the text is all of a field, `objects` in JSON."""
    try:
        parts = read_parts(text)
    except PlaceholderMisread:
        yield Finding("PLACEHOLDER_MISFIT", place, "places like {order.id}, and other braces written twice", "a brace")
        return
    for part in parts:
        if not isinstance(part, Place):
            continue
        try:
            declared = _type_at(config, part)
        except (KeyError, NoSuchField) as error:
            found = str(error) if isinstance(error, NoSuchField) else f"{part.path[0]}, which is none"
            yield Finding("UNKNOWN_VARIABLE", place, "a declared input, or a field inside one", found)
            continue
        if not _may_stand(declared, lists=lists and len(parts) == 1, objects=objects):
            yield Finding("TYPE_MISMATCH", place, f"a value that can be written for {part.written}", describe(declared))


def _type_at(config: HttpConfiguration, place: Place) -> ValueType | None:
    declared: dict[str, Any] = {variable.name: variable.type for variable in config.inputs}
    return type_at(declared[place.path[0]], place.path[1:], place.path[0])


def _may_stand(declared: ValueType | None, *, lists: bool, objects: bool) -> bool:
    match declared:
        case FileType() | FilesType():
            return False
        case ObjectType():
            return objects
        case ListType():
            return objects or lists
        case _:
            return True
