"""Performs a request from its inputs to its outcome, within its time; what is known of a failure decides whether it may be tried again."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2

from domain.kinds.http import HttpConfiguration, effect_of
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools
from runner.actions.http.answer import excerpt, read_outputs
from runner.actions.http.failed import (
    HTTP_BROKEN,
    HTTP_CERTIFICATE,
    HTTP_TIMEOUT,
    HTTP_UNREACHABLE,
    REQUEST_MISFIT,
    EffectUnknown,
    RequestFailed,
    is_accepted,
    of_status,
)
from runner.actions.http.request import Prepared, prepare
from runner.actions.http.sending import Exchange, answered
from runner.actions.http.signing_in import SignIn
from runner.outgoing import AddressRefused

REPORT_SECONDS = 0.5  # What is left to say that the service took too long before the task itself does.
SECONDS_MIN = 0.1

_UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
_DEAD_CONNECTION = (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError)


async def perform(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
    """The outcome of one request; raises EffectUnknown where nobody can know it, and CredentialRefused."""
    config = run.task.configured(HttpConfiguration)
    opened = None if config.credential is None else await tools.credentials.open(config.credential)
    try:
        prepared = prepare(config, inputs, run, tools.files)
    except RequestFailed as error:
        return error.failed
    call = _Call(config, prepared, SignIn(config.credential or "", opened, tools.credentials, tools.outgoing), tools)
    try:
        outcome = await call.perform()
    except RequestFailed as error:
        outcome = error.failed
    except AddressRefused as refused:
        outcome = Failed(refused.code, str(refused))
    return replace(outcome, evidence=call.evidence())


@dataclass(slots=True)
class _Call:
    """A request under way."""

    config: HttpConfiguration
    prepared: Prepared
    sign_in: SignIn
    tools: Tools
    exchange: Exchange = field(default_factory=Exchange)
    began: float = field(default_factory=time.monotonic)

    @property
    def once(self) -> bool:
        """Whether it must not be made twice."""
        return effect_of(self.config) == "once"

    @property
    def _undone(self) -> bool:
        """Whether trying again does nothing twice, though nothing is heard of where the request was to go."""
        return not self.once or self.exchange.status is None

    def evidence(self) -> dict[str, Any]:
        """What is recorded of it."""
        return {
            "request": self.prepared.shown,
            "status": self.exchange.status,
            "redirects": self.exchange.redirects,
            "seconds": round(time.monotonic() - self.began, 3),
        }

    async def perform(self) -> Succeeded | Failed:
        """Within its time."""
        seconds = max(SECONDS_MIN, min(self.config.seconds_max, self.tools.deadline_seconds - REPORT_SECONDS))
        try:
            async with asyncio.timeout(seconds):
                if self.once:
                    # What fails here has had no effect yet.
                    await self.sign_in.marks(httpx2.URL(self.prepared.url).host)
                    await self.tools.effect()
                return await self._send()
        except TimeoutError:
            return self._late(seconds)

    async def _send(self) -> Succeeded | Failed:
        """A connection kept open may be dead by the time it is used: what may be repeated is sent once more, on a new one."""
        try:
            return await self._exchange(fresh=self.once)
        except _DEAD_CONNECTION as error:
            if self.once or self.exchange.answered:
                return self._broken(error)
        self.exchange = Exchange()
        try:
            return await self._exchange(fresh=True)
        except _DEAD_CONNECTION as error:
            return self._broken(error)

    async def _exchange(self, *, fresh: bool) -> Succeeded | Failed:
        accepts = self.config.accepts
        options = {"timeout": httpx2.Timeout(self.config.seconds_max)}
        try:
            async with (
                self.tools.outgoing.client(fresh=fresh, **options) as client,
                answered(
                    client, self.prepared, self.sign_in, self.exchange, redirects_max=self.config.redirects_max
                ) as answer,
            ):
                status = answer.status_code
                if is_accepted(status, accepts):
                    return Succeeded(await read_outputs(self.config, answer, self.tools.files))
                said = await excerpt(answer)
                return of_status(status, self.prepared.shown, accepts, answer.headers, said, once=self.once)
        except httpx2.DecodingError:
            message = f"Expected an answer that can be unpacked from {self.prepared.shown}, but it cannot."
            return Failed(HTTP_BROKEN, message)
        except httpx2.TimeoutException:
            return self._late(self.config.seconds_max)
        except _DEAD_CONNECTION:
            raise
        except httpx2.HTTPError as error:
            return self._broken(error)

    def _late(self, seconds: float) -> Failed:
        shown = self.prepared.shown
        if not self.exchange.sent:
            message = f"Expected to reach {shown} within {seconds:g} s, but nobody answers there."
            return Failed(HTTP_UNREACHABLE, message, retryable=self._undone)
        self._check_known()
        message = f"Expected the whole answer of {shown} within {seconds:g} s, but it took longer."
        return Failed(HTTP_TIMEOUT, message, retryable=not self.once)

    def _broken(self, error: httpx2.HTTPError) -> Failed:
        shown = self.prepared.shown
        if isinstance(error, _UNSENT) and not self.exchange.sent:
            if _is_of_certificate(error):
                message = f"Expected a certificate of {shown} that can be trusted, but it has another."
                return Failed(HTTP_CERTIFICATE, message)
            message = f"Expected to reach {shown}, but no connection to it can be opened."
            return Failed(HTTP_UNREACHABLE, message, retryable=self._undone)
        if isinstance(error, httpx2.LocalProtocolError):  # Found out here, before the request was whole.
            return Failed(REQUEST_MISFIT, f"Expected a request that HTTP can carry, but {shown} is none.")
        self._check_known()
        message = f"Expected a whole answer of {shown}, but the connection broke or spoke no HTTP."
        return Failed(HTTP_BROKEN, message, retryable=not self.once)

    def _check_known(self) -> None:
        """Once a service has answered, even in part, it is known that it did what it was asked, unless it was asked the same again."""
        if self.once and (self.exchange.status is None or self.exchange.again):
            raise EffectUnknown(f"Nobody knows what became of {self.prepared.shown}.")


def _is_of_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
