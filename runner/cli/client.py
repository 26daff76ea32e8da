"""A client of the GraphQL API: documents in, data out, refusals as one sentence, live streams that resume."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

from runner.cli.transfer import ONE_REQUEST_BYTES_MAX, fetch, send_in_parts
from runner.refused import Refused

REQUEST_SECONDS_MAX = 60.0
REPEAT_SECONDS_MAX = 30.0
RESUME_PAUSE_SECONDS = 0.5
RESUME_SECONDS_MAX = 60.0
STEADY_SECONDS = 10.0  # A stream that lasted so long had been connected.
CONNECT_SECONDS_MAX = 5.0
CONNECTIONS_MAX = 200
SHOWN_CHARACTERS_MAX = 500

REFUSED = "... on CommandRefused { code message retryable details { path expected found message } }"
"""What every mutation asks of a refusal."""


class ApiRefused(Refused):
    """The API refused a command; `code` is stable, the text is the sentence with its details."""

    def __init__(self, code: str, message: str, details: list[dict[str, Any]], *, retryable: bool = False) -> None:
        self.code = code
        self.message = message
        self.retryable = retryable
        self.details = details
        others = [one for one in details if not _tells(message, one)]
        lines = [message, *[f"  {detail.get('message') or detail}" for detail in others]]
        super().__init__("\n".join(lines))


class ApiUnreachable(Refused):
    """The API does not answer."""


class AnswerIncomplete(Refused):
    """Expected the whole answer of a command that was carried out, but a part of it could not be told."""


class ApiClient:
    """One API under one key."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url.rstrip("/")
        self._http = httpx2.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=REQUEST_SECONDS_MAX,
            limits=httpx2.Limits(max_connections=CONNECTIONS_MAX),
            trust_env=False,
        )

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def query(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of a query; raises ApiUnreachable or, for errors in the answer, ApiRefused.

        What may succeed a moment later, as read models that lag behind, is asked again.
        """
        return self._ask(document, variables, _payload)

    def _ask(
        self, document: str, variables: dict[str, Any], read: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> dict[str, Any]:
        deadline = time.monotonic() + REPEAT_SECONDS_MAX
        while True:
            try:
                response = self._http.post("/graphql", json={"query": document, "variables": variables})
                if response.status_code >= httpx2.codes.BAD_REQUEST:
                    raise _refused(response)
                return read(response.json())
            except httpx2.TransportError as error:
                raise self._unreachable(error) from error
            except ApiRefused as refused:
                if not refused.retryable or time.monotonic() > deadline:
                    raise
            time.sleep(RESUME_PAUSE_SECONDS)

    def mutate(self, document: str, **given: Any) -> dict[str, Any]:
        """The success of a mutation of one field and one input; raises ApiRefused with the refusal.

        An answer that was lost is asked for again under the same command id, so that nothing happens twice.
        """
        asked = {"commandId": str(uuid4()), **given}
        deadline = time.monotonic() + REPEAT_SECONDS_MAX
        lost = False
        while True:
            try:
                (result,) = self._ask(document, {"input": asked}, _outcome).values()
            except ApiUnreachable as error:
                lost = lost or not isinstance(error.__cause__, httpx2.ConnectError)
                if not lost or time.monotonic() > deadline:
                    raise
            else:
                success: dict[str, Any] = result
                if success["__typename"] != "CommandRefused":
                    return success
                if not success["retryable"] or time.monotonic() > deadline:
                    raise ApiRefused(success["code"], success["message"], success["details"])
            time.sleep(RESUME_PAUSE_SECONDS)

    def upload(self, path: Path) -> dict[str, Any]:
        """Stores a file, a large one in parts, and returns what the API says of it, `id` first of all."""
        try:
            if path.stat().st_size > ONE_REQUEST_BYTES_MAX:
                return {"id": send_in_parts(self._http, path, _refused)}
            with path.open("rb") as content:
                response = self._http.post("/files", files={"file": (path.name, content)})
        except httpx2.TransportError as error:
            raise self._unreachable(error) from error
        if response.status_code >= httpx2.codes.BAD_REQUEST:
            raise _refused(response)
        stored: dict[str, Any] = response.json()
        return stored

    def fetch(self, path: str) -> Iterator[bytes]:
        """The content behind a path that the API gave, in pieces."""
        try:
            yield from fetch(self._http, path, _refused)
        except httpx2.TransportError as error:
            raise self._unreachable(error) from error

    def subscribe(self, document: str, **variables: Any) -> Iterator[dict[str, Any]]:
        """Messages of a subscription of one field, each once, until the caller has enough.

        It is resumed by its cursor (variable `after`) when the connection is lost or the API stops.
        """
        lost_at = 0.0
        while True:
            began_at, heard = time.monotonic(), False
            failed: Refused = ApiUnreachable(f"Expected the API at {self.url} to stay, but it ended the stream.")
            try:
                for data in self._messages(document, variables):
                    (message,) = data.values()
                    variables["after"] = message["cursor"]
                    heard = True
                    yield message
            except httpx2.TransportError as error:
                failed = self._unreachable(error)
            except ApiRefused as refused:
                if not refused.retryable:
                    raise
                failed = refused
            if heard or not lost_at or time.monotonic() - began_at > STEADY_SECONDS:
                lost_at = time.monotonic()
            if time.monotonic() - lost_at > RESUME_SECONDS_MAX:
                raise failed
            time.sleep(RESUME_PAUSE_SECONDS)

    def _unreachable(self, error: Exception) -> ApiUnreachable:
        said = str(error) or type(error).__name__
        return ApiUnreachable(f"Expected the API at {self.url} to answer, but: {said}. Is `opus up` running?")

    def _messages(self, document: str, variables: dict[str, Any]) -> Iterator[dict[str, Any]]:
        body = {"query": document, "variables": variables}
        headers = {"Accept": "text/event-stream"}
        timeout = httpx2.Timeout(REQUEST_SECONDS_MAX, connect=CONNECT_SECONDS_MAX, read=None)
        with self._http.stream("POST", "/graphql", json=body, headers=headers, timeout=timeout) as response:
            if response.status_code >= httpx2.codes.BAD_REQUEST:
                response.read()
                raise _refused(response)
            event = ""
            for line in response.iter_lines():
                if line.startswith("event:"):
                    event = line[6:].strip()
                elif line.startswith("data:") and event == "next":
                    yield _payload(json.loads(line[5:]))
                elif not line and event == "complete":
                    return
        raise httpx2.ReadError("the stream ended early")


def _payload(answer: dict[str, Any]) -> dict[str, Any]:
    if answer.get("errors"):
        raise _of_errors(answer["errors"], "ERROR")
    data: dict[str, Any] = answer["data"]
    return data


def _outcome(answer: dict[str, Any]) -> dict[str, Any]:
    """The data of a mutation. What fails below its result, as a part the key may not read, does not undo what was done."""
    below = [error for error in answer.get("errors") or () if len(error.get("path") or ()) > 1]
    if not below or len(below) < len(answer["errors"]):
        return _payload(answer)
    data: dict[str, Any] = answer.get("data") or {}
    if not data or None in data.values():
        said = below[0]["message"]
        raise AnswerIncomplete(f"The command was carried out, but its answer could not be told: {said}")
    return data


def _tells(message: str, detail: dict[str, Any]) -> bool:
    """Whether a sentence says what its detail says."""
    said = [detail["expected"], detail["found"]] if detail.get("expected") and detail.get("found") else []
    return detail.get("message", "") in message or (bool(said) and all(part in message for part in said))


def _refused(response: httpx2.Response) -> ApiRefused:
    code = f"HTTP_{response.status_code}"
    try:
        answer = response.json()
    except ValueError:
        return ApiRefused(code, response.text[:SHOWN_CHARACTERS_MAX] or response.reason_phrase, [])
    if answer.get("errors"):
        return _of_errors(answer["errors"], code)
    message = answer.get("message", response.text[:SHOWN_CHARACTERS_MAX])
    return ApiRefused(answer.get("code", code), message, answer.get("details") or [])


def _of_errors(found: list[dict[str, Any]], otherwise: str) -> ApiRefused:
    first, *others = found
    told = first.get("extensions") or {}
    details = [*(told.get("details") or []), *({"message": other["message"]} for other in others)]
    retryable = bool(told.get("retryable"))
    return ApiRefused(told.get("code", otherwise), first["message"], details, retryable=retryable)
