"""A configuration says by marks which of its fields name credentials."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from domain.kinds.contract import Configuration
from domain.kinds.credential_names import CredentialName, NamedCredential, credentials_in


class Auth(Configuration):
    """A part."""

    with_: Annotated[str, CredentialName("bearer", "basic")] | None = None


class Marked(Configuration):
    """A configuration with marks at all depths."""

    server: Annotated[str, CredentialName("smtp")] = ""
    auth: Auth | None = None
    others: tuple[Auth, ...] = ()
    by_name: dict[str, Auth] = Field(default_factory=dict)
    text: str = "no credential"


class Plain(Configuration):
    """One that says it by the name of the field alone."""

    credential: str | None = None


def test_credentials_are_found_wherever_they_are_marked() -> None:
    bank = Auth(with_="bank")
    config = Marked(server="mail", auth=bank, others=(Auth(), Auth(with_="shop")), by_name={"x": Auth(with_="door")})
    assert list(credentials_in(config)) == [
        NamedCredential("server", "mail", ("smtp",)),
        NamedCredential("auth.with_", "bank", ("bearer", "basic")),
        NamedCredential("others[1].with_", "shop", ("bearer", "basic")),
        NamedCredential("by_name.x.with_", "door", ("bearer", "basic")),
    ]


def test_a_text_called_credential_names_one_of_any_kind() -> None:
    assert list(credentials_in(Plain(credential="bank"))) == [NamedCredential("credential", "bank")]


def test_none_is_found_where_none_is_named() -> None:
    assert not list(credentials_in(Marked()))
    assert not list(credentials_in(Plain()))
    assert not list(credentials_in(None))


def test_the_schema_says_which_kinds_will_do() -> None:
    schema = Marked.model_json_schema()
    assert schema["properties"]["server"]["x-credential-kinds"] == ["smtp"]
    [marked, _] = schema["$defs"]["Auth"]["properties"]["with_"]["anyOf"]
    assert marked["x-credential-kinds"] == ["bearer", "basic"]
