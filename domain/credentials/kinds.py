"""The kinds of credentials there are, as data: which fields each has, which of them are secret, and how a form shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from domain.credentials.fields import VALUE_CHARACTERS_MAX, CredentialField
from domain.refusals import Detail


@dataclass(frozen=True, slots=True)
class CredentialKind:
    """A kind of credential: what it opens, and its fields in the order of a form."""

    name: str
    title: str
    help: str
    icon: str
    declared: tuple[CredentialField, ...]

    @property
    def fields(self) -> Mapping[str, CredentialField]:
        """Its fields by name."""
        return {field.name: field for field in self.declared}

    @property
    def required(self) -> tuple[str, ...]:
        """The fields it cannot do without."""
        return tuple(field.name for field in self.declared if field.required)

    @property
    def secret(self) -> frozenset[str]:
        """The fields that are never shown."""
        return frozenset(field.name for field in self.declared if field.secret)

    def json_schema(self) -> dict[str, Any]:
        """Its values as JSON Schema; `writeOnly` marks what is secret."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.title,
            "description": self.help,
            "type": "object",
            "properties": {field.name: field.json_schema() for field in self.declared},
            "required": list(self.required),
            "additionalProperties": False,
        }


_HOSTS = CredentialField(
    "hosts",
    "Hosts",
    "The only hosts it may be sent to, as api.example.com or *.example.com; empty: any.",
    type="texts",
    are_hosts=True,
    leads=True,
)
_TEST_URL = CredentialField(
    "test_url",
    "Test URL",
    "A GET of this URL tells whether it is accepted; without one a test only opens it.",
    is_url=True,
)

_CERTIFICATE = CredentialField(
    "certificate", "Certificate", "Of the authority that the server's is signed by, as PEM.", leads=True
)

_ALL = (
    CredentialKind(
        "bearer",
        "Bearer token",
        "A token sent as `Authorization: Bearer …`.",
        "key",
        (CredentialField("token", "Token", secret=True, required=True), _HOSTS, _TEST_URL),
    ),
    CredentialKind(
        "api_key",
        "API key",
        "A key sent in a header or in the query of each request.",
        "key",
        (
            CredentialField("key", "Key", secret=True, required=True),
            CredentialField(
                "name", "Name", "Of the header or the query parameter.", required=True, default="X-API-Key"
            ),
            CredentialField(
                "place", "Place", "Where it is sent; header, unless set.", choices=("header", "query"), default="header"
            ),
            _HOSTS,
            _TEST_URL,
        ),
    ),
    CredentialKind(
        "basic",
        "User name and password",
        "Sent as `Authorization: Basic …`.",
        "user",
        (
            CredentialField("username", "User name", required=True),
            CredentialField("password", "Password", secret=True, required=True),
            _HOSTS,
            _TEST_URL,
        ),
    ),
    CredentialKind(
        "jwt",
        "Signed token (JWT)",
        "A token that is signed anew for each request and sent as `Authorization: Bearer …`.",
        "signature",
        (
            CredentialField(
                "algorithm",
                "Algorithm",
                required=True,
                choices=("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "EdDSA"),
                default="HS256",
            ),
            CredentialField("key", "Key", "The shared secret, or the private key as PEM.", secret=True, required=True),
            CredentialField("key_id", "Key id", "Stands in the header as `kid`."),
            CredentialField("issuer", "Issuer", "The claim `iss`."),
            CredentialField("subject", "Subject", "The claim `sub`."),
            CredentialField("audience", "Audience", "The claim `aud`."),
            CredentialField("seconds", "Seconds", "How long a token is good.", type="number", least=1, most=86_400),
            _HOSTS,
            _TEST_URL,
        ),
    ),
    CredentialKind(
        "oauth2_client",
        "OAuth 2 client",
        "A client that fetches its own access tokens (grant `client_credentials`).",
        "key",
        (
            CredentialField("token_url", "Token URL", required=True, is_url=True, leads=True),
            CredentialField("client_id", "Client id", required=True),
            CredentialField("client_secret", "Client secret", secret=True, required=True),
            CredentialField("scopes", "Scopes", type="texts"),
            CredentialField("audience", "Audience", "Sent along as `audience`, where the server asks for it."),
            CredentialField(
                "send_as",
                "Send as",
                "How the client shows itself at the token URL; in the header, unless set.",
                choices=("header", "body"),
                default="header",
            ),
            _HOSTS,
        ),
    ),
    CredentialKind(
        "smtp",
        "Mail server (SMTP)",
        "A server that takes mail.",
        "mail",
        (
            CredentialField("host", "Host", required=True, leads=True),
            CredentialField("port", "Port", type="number", least=1, most=65_535, default=587, leads=True),
            CredentialField(
                "security",
                "Security",
                "STARTTLS, unless set.",
                choices=("starttls", "tls", "none"),
                default="starttls",
                leads=True,
            ),
            CredentialField("username", "User name"),
            CredentialField("password", "Password", secret=True),
            CredentialField("sender", "Sender", "The address mail comes from where a task names none."),
            _CERTIFICATE,
        ),
    ),
    CredentialKind(
        "s3",
        "Object store (S3)",
        "A bucket at any S3-compatible store.",
        "database",
        (
            CredentialField("access_key_id", "Access key id", required=True),
            CredentialField("secret_access_key", "Secret access key", secret=True, required=True),
            CredentialField("session_token", "Session token", secret=True),
            CredentialField("region", "Region", default="us-east-1"),
            CredentialField("endpoint", "Endpoint", "Of a store that is not Amazon's.", is_url=True, leads=True),
            CredentialField("bucket", "Bucket", "What a test lists, and what a task reads that names none."),
        ),
    ),
    CredentialKind(
        "sql",
        "SQL database",
        "A PostgreSQL, MySQL or SQLite database.",
        "database",
        (
            CredentialField("driver", "Driver", required=True, choices=("postgresql", "mysql", "sqlite"), leads=True),
            CredentialField("host", "Host", leads=True),
            CredentialField("port", "Port", type="number", least=1, most=65_535, leads=True),
            CredentialField("database", "Database", "Its name; of SQLite its file.", required=True),
            CredentialField("username", "User name"),
            CredentialField("password", "Password", secret=True),
            CredentialField(
                "tls",
                "TLS",
                "Encrypted, unless set.",
                choices=("verify", "require", "none"),
                default="verify",
                leads=True,
            ),
            _CERTIFICATE,
        ),
    ),
    CredentialKind(
        "model",
        "Language model",
        "An account at a provider of language models, or a server of your own.",
        "sparkles",
        (
            CredentialField(
                "provider",
                "Provider",
                "`openai`: also whatever speaks its protocol at a base URL.",
                required=True,
                choices=("openai", "anthropic", "google", "bedrock", "mistral"),
                leads=True,
            ),
            CredentialField("key", "Key", "Servers of your own may need none.", secret=True),
            CredentialField("base_url", "Base URL", is_url=True, leads=True),
            CredentialField("region", "Region", "Of Bedrock."),
            CredentialField("access_key_id", "Access key id", "Of Bedrock; its key is the secret access key."),
        ),
    ),
    CredentialKind(
        "mcp",
        "Tool server (MCP)",
        "A server of the Model Context Protocol over HTTP.",
        "wrench",
        (
            CredentialField("url", "URL", required=True, is_url=True, leads=True),
            CredentialField("token", "Token", "Sent as `Authorization: Bearer …`, where there is one.", secret=True),
            CredentialField("header", "Header", "In which the token is sent as it is, instead."),
        ),
    ),
    CredentialKind(
        "signing",
        "Signing secret (HMAC)",
        "The secret that webhooks and callbacks are signed with, as Standard Webhooks has it.",
        "signature",
        (
            CredentialField(
                "secret",
                "Secret",
                "24 to 64 bytes as base64, with `whsec_` before them or without.",
                secret=True,
                required=True,
            ),
        ),
    ),
)

CREDENTIAL_KINDS: Mapping[str, CredentialKind] = MappingProxyType({kind.name: kind for kind in _ALL})
"""Name of a kind → the kind."""


def misfits(kind: CredentialKind, values: Mapping[str, Any]) -> Iterator[Detail]:
    """What is wrong with given values, in words that never repeat them."""
    fields = kind.fields
    for name, value in values.items():
        field = fields.get(name)
        if field is None:
            yield Detail(name[:VALUE_CHARACTERS_MAX], f"a field of {kind.name} ({', '.join(fields)})", "another")
        elif (expected := field.wrong(value)) is not None:
            yield Detail(name, expected, "another value" if field.type == "text" else "something else")
    for name in kind.required:
        if name not in values:
            yield Detail(name, "a value", "nothing")


def led_elsewhere(kind: CredentialKind, kept: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Detail]:
    """The kept secrets that would be sent elsewhere than before: whoever may change that must not get to know them by it."""
    new = {**kept, **given}
    changed = [field.name for field in kind.declared if field.leads and _leads_further(field, kept, new)]
    for name in sorted(kind.secret & kept.keys()) if changed else ():
        if name not in given:
            yield Detail(name, f"its value anew, since {' and '.join(changed)} changed", "none")


def _leads_further(field: CredentialField, kept: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    before, after = (field.default if values.get(field.name) is None else values[field.name] for values in (kept, new))
    if field.type != "texts":
        return bool(before != after)
    return bool(before) and (not after or not set(after) <= set(before))  # Without any it was sent anywhere before.


def may_be_sent(values: Mapping[str, Any], host: str) -> bool:
    """Whether a credential with these values may be shown to a host: to any, unless `hosts` names some."""
    hosts = values.get("hosts") or ()
    asked = host.rstrip(".").lower()
    return not hosts or any(_is_host(str(pattern).rstrip(".").lower(), asked) for pattern in hosts)


def _is_host(pattern: str, host: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern
