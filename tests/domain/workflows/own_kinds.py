"""Kinds for tests of what no kind that comes along does: a person who decides and acts in one, and a call with a credential."""

from __future__ import annotations

from typing import Annotated

from domain.kinds.contract import Configuration, Kind, OutputsOf
from domain.kinds.credential_names import CredentialName
from domain.variables import Variable


class OwnConfiguration(Configuration):
    """A credential, where one is needed."""

    credential: Annotated[str, CredentialName("bearer", "basic")] | None = None


class SignOff(Kind[OwnConfiguration]):
    """A person signs, and it is sent."""

    name = "human_sign_off"
    title = help = "Sign off"
    config = OwnConfiguration

    def inputs(self, config: OwnConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        return ()

    def outputs(self, config: OwnConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        return ()

    def has_effect(self, config: OwnConfiguration) -> bool:
        return True


class Call(SignOff):
    """A call of a service."""

    name = "call"
    title = help = "Call"
