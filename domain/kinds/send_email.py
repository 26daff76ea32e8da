"""The kind `send_email`: a mail, made of templates over the task's inputs, sent by SMTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal

from domain.kinds.addresses import ONE_ADDRESS, AddressRefused, read_address
from domain.kinds.contract import Configuration, Finding, Kind, OutputsOf
from domain.kinds.credential_names import CredentialName
from domain.kinds.declared import declared_twice
from domain.kinds.errors.mail import MAIL_ERRORS
from domain.kinds.template_checks import renamed_in_template, template_findings
from domain.kinds.text_templates import TemplateWrong, Words, read_template
from domain.types import FilesType, FileType, ListType, ObjectField, ObjectType, TextType, describe
from domain.variables import Direction, Variable

RECIPIENTS_MAX = 200
ATTACHMENTS_MAX = 50
SUBJECT_CHARACTERS_MAX = 500
BODY_CHARACTERS_MAX = 1_000_000
TEMPLATE_CHARACTERS_MAX = 200_000

_REFUSED = ObjectType(
    fields=(
        ObjectField(name="address", type=TextType()),
        ObjectField(name="code", type=TextType()),
        ObjectField(name="message", type=TextType()),
    )
)


class SendEmailConfiguration(Configuration):
    """The mail: every text of it but the credential is a template. An address list may be given by an input that is a list of texts."""

    credential: Annotated[str, CredentialName("smtp")] = ""
    inputs: tuple[Variable, ...] = ()
    sender: str = ""  # empty: the one of the credential
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    html: str | None = None
    attachments: tuple[str, ...] = ()
    on_refused: Literal["refuse", "skip_and_report"] = "refuse"


class SendEmail(Kind[SendEmailConfiguration]):
    """Sends a mail by SMTP, once."""

    name = "send_email"
    title = "Send e-mail"
    help = (
        "Sends a mail by SMTP: recipients, subject and text are templates over its inputs, and files can be attached."
    )
    repetition = "once"
    config = SendEmailConfiguration
    errors = MAIL_ERRORS

    def inputs(self, config: SendEmailConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The declared inputs."""
        return config.inputs

    def outputs(self, config: SendEmailConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The id of the message, who it was sent to, and whom the server refused."""
        return (
            Variable(name="message_id", type=TextType()),
            Variable(name="recipients", type=ListType(items=TextType())),
            Variable(name="refused", type=ListType(items=_REFUSED)),
        )

    def renamed_variable(
        self, config: SendEmailConfiguration, direction: Direction, old: str, new: str
    ) -> SendEmailConfiguration | None:
        """The mail with the input under its new name, in all its templates."""
        if direction == "output":
            return None
        renamed = super().renamed_variable(config, direction, old, new)
        if renamed is None:
            return None

        def follow(source: str, place: str) -> str:
            return renamed_in_template(source, old, new, place)

        attachments = tuple(new if name == old else name for name in config.attachments)
        return renamed.model_copy(update={**_each_template(config, follow), "attachments": attachments})

    def findings(self, config: SendEmailConfiguration) -> Iterator[Finding]:
        """A credential, a recipient and something to say must be there; templates speak of declared inputs."""
        missing = {
            "credential": (config.credential.strip(), "the name of a credential of kind smtp"),
            "to": (config.to or config.cc or config.bcc, "at least one recipient"),
            "subject": (config.subject.strip(), "a subject"),
            "text": (config.text.strip() or (config.html or "").strip(), "a text, plain or HTML"),
        }
        for part, (said, expected) in missing.items():
            if not said:
                yield Finding("MISSING_CONFIGURATION", part, expected, "nothing")
        yield from declared_twice("inputs", config.inputs)
        found: list[Finding] = []

        def look(source: str, place: str) -> str:
            found.extend(_of_template(source, place, config))
            return source

        _each_template(config, look)
        yield from found
        yield from _of_attachments(config)


def is_list_of_addresses(source: str, variables: tuple[Variable, ...]) -> bool:
    """Whether an entry of a list of addresses is one input that is itself a list of texts."""
    name = source.strip().removeprefix("{{").removesuffix("}}").strip()
    declared = next((variable.type for variable in variables if variable.name == name), None)
    return isinstance(declared, ListType) and source.strip().startswith("{{")


_ADDRESSES = ("to", "cc", "bcc", "reply_to")
_TEXTS = ("sender", "subject", "text", "html")


def _each_template(config: SendEmailConfiguration, change: Callable[[str, str], str]) -> dict[str, Any]:
    """All templates by their field, each as `change(source, place)` has it."""
    changed: dict[str, Any] = {
        part: change(source, part) for part in _TEXTS if (source := getattr(config, part)) is not None
    }
    for part in _ADDRESSES:
        entries: tuple[str, ...] = getattr(config, part)
        changed[part] = tuple(change(source, f"{part}[{place}]") for place, source in enumerate(entries))
    return changed


def _of_template(source: str, place: str, config: SendEmailConfiguration) -> Iterator[Finding]:
    if len(source) > TEMPLATE_CHARACTERS_MAX:
        expected = f"a template of at most {TEMPLATE_CHARACTERS_MAX} characters"
        yield Finding("TEMPLATE_TOO_LONG", place, expected, f"{len(source)}")
        return
    part = place.partition("[")[0]
    if part in _ADDRESSES and is_list_of_addresses(source, config.inputs):
        name = source.strip().removeprefix("{{").removesuffix("}}").strip()
        items = next(one.type.items for one in config.inputs if one.name == name and isinstance(one.type, ListType))
        if items is not None and not isinstance(items, TextType):
            yield Finding("TYPE_MISMATCH", place, "a text, or a list of texts", f"a list of {describe(items)}")
        return
    yield from template_findings(source, place, config.inputs)
    if part == "subject" and not source.isprintable():
        yield Finding("SUBJECT_MISFIT", place, "a subject in one line", "several lines")
    if (part in _ADDRESSES or part == "sender") and source.strip():
        yield from _of_address(source, place)


def _of_address(source: str, place: str) -> Iterator[Finding]:
    """An address that holds no template is looked at now."""
    try:
        template = read_template(source)
        if all(isinstance(part, Words) for part in template):
            read_address(source)
    except TemplateWrong:
        return  # Told already.
    except AddressRefused as refused:
        yield Finding("ADDRESS_MISFIT", place, ONE_ADDRESS, str(refused))


def _of_attachments(config: SendEmailConfiguration) -> Iterator[Finding]:
    if len(config.attachments) > ATTACHMENTS_MAX:
        found = f"{len(config.attachments)}"
        yield Finding("ATTACHMENTS_TOO_MANY", "attachments", f"at most {ATTACHMENTS_MAX} attachments", found)
    declared = {variable.name: variable.type for variable in config.inputs}
    for place, name in enumerate(config.attachments):
        if name not in declared:
            yield Finding("UNKNOWN_VARIABLE", f"attachments[{place}]", "the name of a declared input", name)
        elif not isinstance(declared[name], FileType | FilesType):
            found = describe(declared[name])
            yield Finding("TYPE_MISMATCH", f"attachments[{place}]", "an input that is a file or files", found)
