"""Tables in S3: each request is signed by obstore, which does not go out itself, and sent the way all requests are."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from domain.kinds.export_data import ExportDataConfiguration
from domain.kinds.placeholders import fill
from runner.actions.contract import Tools
from runner.actions.tables.databases import misfit
from runner.actions.tables.frames import PIECE_BYTES, TableRefused
from runner.actions.tables.remote import pieces_of, reaching, refuse_status, written_to
from runner.actions.tables.spooling import SPOOLED_BYTES_MAX

if TYPE_CHECKING:
    from obstore.store import S3Config

SIGNED_SECONDS = 15 * 60
Method = Literal["GET", "PUT"]
KEY_BYTES_MAX = 1_024


async def object_read(key: str, credential: str, tools: Tools) -> AsyncIterator[bytes]:
    """The content of an object, piece by piece."""
    url = await _signed("GET", key, credential, tools)
    return _read(url, tools)


async def _read(url: str, tools: Tools) -> AsyncIterator[bytes]:
    async with reaching(url), tools.outgoing.client(follow_redirects=False) as client:
        size = 0
        async with client.stream("GET", url) as response:
            await refuse_status(response)
            async for piece in response.aiter_raw(PIECE_BYTES):
                size += len(piece)
                if size > SPOOLED_BYTES_MAX:
                    raise TableRefused(
                        "TOO_LARGE", f"Expected at most {SPOOLED_BYTES_MAX} bytes, but the object is larger."
                    )
                yield piece


async def object_written(
    config: ExportDataConfiguration,
    inputs: Mapping[str, Any],
    content: AsyncIterator[bytes],
    media_type: str,
    tools: Tools,
) -> str:
    """The name of the object that now holds the content, whole: what stood under it before is replaced."""
    key = object_name(config.object, inputs)
    with tempfile.TemporaryFile() as file:
        size = await written_to(file, content)
        url = await _signed("PUT", key, config.credential or "", tools)
        headers = {"Content-Type": media_type, "Content-Length": str(size)}
        async with reaching(url), tools.outgoing.client(follow_redirects=False) as client:
            await refuse_status(await client.put(url, headers=headers, content=pieces_of(file)))
    return key


def object_name(text: str | None, inputs: Mapping[str, Any]) -> str:
    """The name of an object with its inputs; raises TableRefused for one that no store takes, or that leads elsewhere."""
    key = fill(text or "", inputs) or ""
    parts = key.split("/")
    if not key or len(key.encode()) > KEY_BYTES_MAX or {"", ".", ".."} & set(parts) or not key.isprintable():
        raise TableRefused(
            "OBJECT_MISFIT",
            f"Expected the name of an object, of at most {KEY_BYTES_MAX} bytes and without empty parts, `.` or `..`, but it is another.",
        )
    return key


async def _signed(method: Method, key: str, credential: str, tools: Tools) -> str:
    opened = await tools.credentials.open(credential)
    if opened.kind != "s3":
        raise misfit(credential, opened.kind, "s3")
    values = opened.values
    bucket = values.get("bucket")
    if not bucket:
        raise TableRefused("CREDENTIAL_MISFIT", f"Expected a bucket in the credential {credential}, but it has none.")
    return await asyncio.to_thread(sign_url, method, key, bucket, dict(values))


def sign_url(method: Method, key: str, bucket: str, values: Mapping[str, Any]) -> str:
    """The URL that lets this be done for a while, signed with the values of a credential of the kind `s3`."""
    from obstore import sign  # noqa: PLC0415 - on first use
    from obstore.store import S3Store  # noqa: PLC0415 - on first use

    config: S3Config = {
        "access_key_id": values["access_key_id"],
        "secret_access_key": values["secret_access_key"],
        "region": values.get("region") or "us-east-1",
    }
    if values.get("session_token"):
        config["session_token"] = values["session_token"]
    if values.get("endpoint"):
        config["endpoint"] = values["endpoint"]
    store = S3Store(bucket, config=config, client_options={"allow_http": True})
    return sign(store, method, key, timedelta(seconds=SIGNED_SECONDS))
