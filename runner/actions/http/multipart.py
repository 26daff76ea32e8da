"""A body of multipart/form-data (RFC 7578) in pieces, its length known beforehand, so that files of any size are sent as they are read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextPart:
    """A text under its name."""

    name: str
    content: bytes
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file under its name, its content in pieces."""

    name: str
    file_name: str
    media_type: str
    size: int
    pieces: Callable[[], AsyncIterator[bytes]]


def multipart(parts: Sequence[TextPart | FilePart], boundary: str) -> tuple[int, Callable[[], AsyncIterator[bytes]]]:
    """The length of the body, and its pieces."""
    heads = [_head(part, boundary) for part in parts]
    end = f"--{boundary}--\r\n".encode()
    sizes = (part.size if isinstance(part, FilePart) else len(part.content) for part in parts)
    size = sum(len(head) + 2 for head in heads) + sum(sizes) + len(end)

    async def pieces() -> AsyncIterator[bytes]:
        for head, part in zip(heads, parts, strict=True):
            yield head
            if isinstance(part, TextPart):
                yield part.content
            else:
                async for piece in part.pieces():
                    yield piece
            yield b"\r\n"
        yield end

    return size, pieces


def _head(part: TextPart | FilePart, boundary: str) -> bytes:
    said = f'form-data; name="{_quoted(part.name)}"'
    if isinstance(part, FilePart):
        said += f'; filename="{_quoted(part.file_name)}"'
    lines = [f"--{boundary}", f"Content-Disposition: {said}"]
    if part.media_type:
        lines.append(f"Content-Type: {_line(part.media_type)}")
    return "\r\n".join([*lines, "", ""]).encode()


def _quoted(name: str) -> str:
    """A name as browsers write it, which cannot leave its quotes or its line."""
    return name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def _line(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
