"""The kind `send_email`: addresses, what is checked while a mail is designed, and renames."""

from typing import Any

import pytest

from domain.kinds.addresses import AddressRefused, read_address
from domain.kinds.registry import KINDS
from domain.types import ListType, NumberType, TextType

SEND_EMAIL = KINDS["send_email"]
GIVEN = [
    {"name": "customer", "type": {"type": "str"}},
    {"name": "copies", "type": {"type": "array", "items": {"type": "str"}}},
    {"name": "numbers", "type": {"type": "array", "items": {"type": "float"}}},
    {"name": "invoice", "type": {"type": "file"}},
]
RIGHT: dict[str, Any] = {
    "credential": "mail",
    "inputs": GIVEN,
    "sender": "Billing <billing@example.org>",
    "to": ["{{ customer }}"],
    "subject": "Your invoice",
    "text": "Dear {{ customer }}",
}


def findings(**others: Any) -> list[tuple[str, str]]:
    config = SEND_EMAIL.read({**RIGHT, **others})
    return [(finding.code, finding.path) for finding in SEND_EMAIL.findings(config)]


@pytest.mark.parametrize(
    ("text", "name", "spec"),
    [
        ("ada@example.org", "", "ada@example.org"),
        (" Ada Lovelace <ada@Example.ORG> ", "Ada Lovelace", "ada@example.org"),
        ('"Lovelace, Ada" <a.b+c@sub.example.org>', "Lovelace, Ada", "a.b+c@sub.example.org"),
        ("jürgen@müller.de", "", "jürgen@xn--mller-kva.de"),
        ("root@localhost", "", "root@localhost"),
    ],
)
def test_an_address_is_read(text: str, name: str, spec: str) -> None:
    address = read_address(text)
    assert (address.name, address.spec) == (name, spec)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@example.org, eve@example.org",
        "ada@example.org\r\nBcc: eve@example.org",
        "Ada\n <ada@example.org>",
        "<ada@example.org> <eve@example.org>",
        "a b@example.org",
        "ada@exa mple.org",
        "ada@-example.org",
        "ada@example..org",
        ".ada@example.org",
        "ada@[127.0.0.1]",
        "ada@example.org>",
        "x" * 65 + "@example.org",
        "a@" + "x" * 64 + ".org",
        "a@" + ".".join(["x" * 60] * 5),
        "N" * 201 + " <ada@example.org>",
        "ada@example.org\u2028Bcc: x@y.z",
    ],
)
def test_what_is_not_exactly_one_address_is_refused(text: str) -> None:
    with pytest.raises(AddressRefused):
        read_address(text)


@pytest.mark.parametrize(
    "others",
    [{}, {"to": ["{{ copies }}"]}, {"sender": ""}, {"html": "<p>{{ customer }}</p>", "text": ""}, {"attachments": ["invoice"]}],
)  # fmt: skip
def test_a_whole_mail_has_no_findings(others: dict[str, Any]) -> None:
    assert findings(**others) == []


@pytest.mark.parametrize(
    ("others", "found"),
    [
        ({"credential": ""}, ("MISSING_CONFIGURATION", "credential")),
        ({"to": []}, ("MISSING_CONFIGURATION", "to")),
        ({"subject": " "}, ("MISSING_CONFIGURATION", "subject")),
        ({"text": ""}, ("MISSING_CONFIGURATION", "text")),
        ({"subject": "a\nb"}, ("SUBJECT_MISFIT", "subject")),
        ({"to": ["nobody"]}, ("ADDRESS_MISFIT", "to[0]")),
        ({"sender": "a@b, c@d"}, ("ADDRESS_MISFIT", "sender")),
        ({"cc": ["{{ numbers }}"]}, ("TYPE_MISMATCH", "cc[0]")),
        ({"cc": ["x {{ copies }}"]}, ("TYPE_MISMATCH", "cc[0]")),
        ({"text": "{{ nobody }}"}, ("UNKNOWN_VARIABLE", "text")),
        ({"html": "{% if %}"}, ("TEMPLATE_WRONG", "html")),
        ({"attachments": ["nothing"]}, ("UNKNOWN_VARIABLE", "attachments[0]")),
        ({"attachments": ["customer"]}, ("TYPE_MISMATCH", "attachments[0]")),
        ({"text": "x" * 200_001}, ("TEMPLATE_TOO_LONG", "text")),
    ],
)
def test_what_keeps_a_mail_from_being_sent_is_found_while_it_is_designed(
    others: dict[str, Any], found: tuple[str, str]
) -> None:
    assert findings(**others) == [found]


def test_a_mail_is_sent_once_and_changes_something_outside() -> None:
    config = SEND_EMAIL.read(RIGHT)
    assert SEND_EMAIL.repetition_of(config) == "once"
    assert SEND_EMAIL.has_effect(config)


def test_it_says_who_was_refused() -> None:
    outputs = SEND_EMAIL.outputs(SEND_EMAIL.read(RIGHT), lambda _: None) or ()
    assert [variable.name for variable in outputs] == ["message_id", "recipients", "refused"]
    assert outputs[1].type == ListType(items=TextType())
    assert outputs[1].type != ListType(items=NumberType())


def test_a_renamed_input_is_followed_in_all_templates() -> None:
    config = SEND_EMAIL.read(
        {**RIGHT, "html": "{{ customer }}", "bcc": ["{{ customer }}"], "attachments": ["invoice"], "subject": "{{ customer }}"}
    )  # fmt: skip
    renamed = SEND_EMAIL.renamed_variable(config, "input", "customer", "buyer")
    assert renamed is not None
    assert renamed.inputs[0].name == "buyer"
    assert (renamed.text, renamed.html, renamed.bcc) == ("Dear {{ buyer }}", "{{ buyer }}", ("{{ buyer }}",))
    renamed = SEND_EMAIL.renamed_variable(config, "input", "invoice", "bill")
    assert renamed is not None
    assert renamed.attachments == ("bill",)
    assert SEND_EMAIL.renamed_variable(config, "output", "message_id", "x") is None
