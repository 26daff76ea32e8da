"""From an answer to outputs: its body within limits, JSON taken apart by paths into what is declared, numbers as exact as declared."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from decimal import Decimal, InvalidOperation
from email.message import Message
from typing import TYPE_CHECKING, Any, TypeVar

from domain.kinds.http import BODY, HEADERS, STATUS, HttpConfiguration, fixed_outputs
from domain.types import DecimalType, JsonTextType, ListType, ObjectType, TextType, ValueType, check, describe
from domain.values import WHOLE_NUMBER_MAX, ValueRefused, check_value, value_at
from domain.variables import Variable
from runner.actions.contract import FileContents
from runner.actions.http.failed import ANSWER_MISFIT, ANSWER_TOO_LARGE, EXCERPT_BYTES_MAX, misfit
from runner.failures import DETAILS_SHOWN_MAX
from runner.text_encodings import encoding_of

if TYPE_CHECKING:
    import httpx2

READ_BESIDE_BYTES = 64 * 1024
"""A body from this size on is read beside the loop."""
DECIMAL_EXPONENT_MAX = 100
FILE_NAME_CHARACTERS_MAX = 200
OTHER_TYPE = "application/octet-stream"

_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,100}/[a-z0-9.+-]{1,100}")
_HIDDEN = frozenset({"set-cookie", "set-cookie2"})
"""These are secrets between the service and whoever asked."""


Made = TypeVar("Made")


class _Digits(str):
    """A number as its digits stand in the text."""

    __slots__ = ()


async def read_outputs(config: HttpConfiguration, answer: httpx2.Response, files: FileContents) -> dict[str, Any]:
    """The outputs of a task from an answer that it accepts; raises RequestFailed where they are not in it."""
    outputs: dict[str, Any] = {STATUS: answer.status_code, HEADERS: shown_headers(answer)}
    match config.read:
        case "nothing":
            return outputs
        case "file":
            name, media_type = file_name(answer), media_type_of(answer)
            outputs[BODY] = await files.keep(name, media_type, limited(answer, config.answer_bytes_max))
        case "text":
            content = await _whole(answer, config.answer_bytes_max)
            outputs[BODY] = await _beside(len(content), _text, content, answer)
        case "json":
            content = await _whole(answer, config.answer_bytes_max)
            outputs |= await _beside(len(content), _of_json, config, content, answer)
    return outputs


def shown_headers(answer: httpx2.Response) -> dict[str, str]:
    """The headers by their names in lower case, without cookies; one that came several times is joined."""
    return {name.lower(): text for name, text in answer.headers.items() if name.lower() not in _HIDDEN}


async def limited(answer: httpx2.Response, bytes_max: int) -> AsyncIterator[bytes]:
    """The pieces of a body, unpacked; raises RequestFailed as soon as it is larger than it may be."""
    left = bytes_max
    async for piece in answer.aiter_bytes():
        left -= len(piece)
        if left < 0:
            raise misfit(ANSWER_TOO_LARGE, f"an answer of at most {bytes_max} bytes", "it is larger")
        yield piece


async def excerpt(answer: httpx2.Response) -> str:
    """The beginning of a body that nobody asked for, as text."""
    content = bytearray()
    async for piece in answer.aiter_bytes():
        content += piece[: EXCERPT_BYTES_MAX + 1 - len(content)]
        if len(content) > EXCERPT_BYTES_MAX:
            break
    text = bytes(content[:EXCERPT_BYTES_MAX]).decode(encoding_of(answer.charset_encoding), errors="replace")
    shown = "".join(character if character.isprintable() or character in "\n\t" else " " for character in text).strip()
    return f"{shown} …" if len(content) > EXCERPT_BYTES_MAX else shown


def file_name(answer: httpx2.Response) -> str:
    """What the service calls the file, or the end of the path; never a path itself."""
    head = Message()
    head["Content-Disposition"] = (
        answer.headers.get("content-disposition", "inline").replace("\r", " ").replace("\n", " ")
    )
    try:
        name = head.get_filename() or ""
    except (LookupError, ValueError):
        name = ""
    name = name or answer.request.url.path.rstrip("/").rpartition("/")[2] or "answer"
    plain = re.split(r"[/\\]", name)[-1]
    plain = "".join(character for character in plain if character.isprintable()).strip(" .")
    return plain[:FILE_NAME_CHARACTERS_MAX] or "answer"


def media_type_of(answer: httpx2.Response) -> str:
    """What the service says the body is."""
    said = str(answer.headers.get("content-type", "")).partition(";")[0].strip().lower()
    return said if _MEDIA_TYPE.fullmatch(said) else OTHER_TYPE


async def _beside(size: int, read: Callable[..., Made], *given: Any) -> Made:
    """What `read` makes of a body: beside the loop where it is large."""
    return read(*given) if size < READ_BESIDE_BYTES else await asyncio.to_thread(read, *given)


async def _whole(answer: httpx2.Response, bytes_max: int) -> bytes:
    return b"".join([piece async for piece in limited(answer, bytes_max)])


def _text(content: bytes, answer: httpx2.Response) -> str:
    text = content.decode(encoding_of(answer.charset_encoding), errors="replace")
    _keepable(text, BODY)
    return text


def _of_json(config: HttpConfiguration, content: bytes, answer: httpx2.Response) -> dict[str, Any]:
    try:
        return _taken_apart(config, content, answer)
    except RecursionError:
        raise misfit(ANSWER_MISFIT, "JSON in the answer", "it is nested too deeply") from None


def _taken_apart(config: HttpConfiguration, content: bytes, answer: httpx2.Response) -> dict[str, Any]:
    said = None if not content.strip() else _parsed(content, answer)
    outputs: dict[str, Any] = {}
    for variable in fixed_outputs(config)[2:]:
        value = shaped(said, variable.type, BODY)
        _checked(value, variable, BODY)
        if value is not None:
            outputs[BODY] = value
    for variable in config.outputs:
        path = config.paths.get(variable.name, (variable.name,))
        place = ".".join(path)
        value = shaped(value_at(said, path), variable.type, place)
        _checked(value, variable, place)
        if value is not None:
            outputs[variable.name] = value
    return outputs


def _parsed(content: bytes, answer: httpx2.Response) -> Any:
    try:
        text = content.decode("utf-8-sig")
        return json.loads(text, parse_float=_Digits, parse_int=_Digits, parse_constant=_no_number)
    except ValueError as error:
        line = f" at line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        what = media_type_of(answer)
        raise misfit(ANSWER_MISFIT, "JSON in the answer", f"it is none{line}; the service calls it {what}") from None


def _no_number(name: str) -> Any:
    raise ValueError(name)


def shaped(value: Any, declared: ValueType | None, place: str) -> Any:
    """A parsed value as its declared type has it: fields that are not declared are left out, digits become a decimal, a text, a number."""
    match declared, value:
        case ObjectType(), dict() if declared.fields is not None:
            given = ((field, value.get(field.name)) for field in declared.fields)
            return {
                field.name: shaped(item, field.type, f"{place}.{field.name}")
                for field, item in given
                if item is not None
            }
        case ListType(), list():
            return [shaped(item, declared.items, f"{place}[{index}]") for index, item in enumerate(value)]
        case DecimalType(), _Digits():
            return _decimal(value)
        case TextType(), _Digits():
            return str(value)
        case JsonTextType(), dict() | list():
            return json.dumps(_plain(value, place), ensure_ascii=False)
        case _:
            return _plain(value, place)


def _plain(value: Any, place: str) -> Any:
    if isinstance(value, _Digits):
        return _number(value, place)
    if isinstance(value, dict):
        return {key: _plain(item, f"{place}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, f"{place}[{index}]") for index, item in enumerate(value)]
    return value


def _number(digits: _Digits, place: str) -> int | float:
    if not digits.lstrip("-").isdigit():
        return float(digits)
    if len(digits) > len(str(WHOLE_NUMBER_MAX)) + 1 or abs(int(digits)) > WHOLE_NUMBER_MAX:
        expected = f"a whole number within ±(2^53-1) at {place}"
        found = "it is larger; an output there that is declared as text or decimal takes it as it is"
        raise misfit(ANSWER_MISFIT, expected, found)
    return int(digits)


def _decimal(digits: _Digits) -> str:
    """The same number without an exponent, to no digit more or less."""
    try:
        number = Decimal(digits)
    except InvalidOperation:
        return str(digits)
    exponent = number.as_tuple().exponent
    return f"{number:f}" if isinstance(exponent, int) and abs(exponent) <= DECIMAL_EXPONENT_MAX else str(digits)


def _keepable(value: Any, place: str) -> None:
    try:
        check_value(value, path=place)
    except ValueRefused as refused:
        raise misfit(ANSWER_MISFIT, "values in the answer that can be kept", refused.message.rstrip(".")) from None


def _checked(value: Any, variable: Variable, place: str) -> None:
    if value is None:
        if variable.required:
            raise misfit(
                ANSWER_MISFIT,
                f"{describe(variable.type)} at {place} of the answer for {variable.name}",
                "there is none",
            )
        return
    _keepable(value, place)
    details = check(variable.type, value, place)
    if details:
        places = ", ".join(detail.path for detail in details[:DETAILS_SHOWN_MAX])
        shown = [
            {"path": detail.path, "expected": detail.expected, "found": detail.found}
            for detail in details[:DETAILS_SHOWN_MAX]
        ]
        raise misfit(ANSWER_MISFIT, f"an answer that fits {variable.name}", f"these do not: {places}", shown)
