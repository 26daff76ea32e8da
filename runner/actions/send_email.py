"""Performs `send_email`: the mail is made, and handed to the server of the credential once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from domain.kinds.send_email import SendEmailConfiguration
from domain.values import BLOB
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools


class SendEmail:
    """Sends a mail by SMTP."""

    kind = "send_email"
    tells_effect = True

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """The id of the message, and who it was sent to. What becomes of it after the server took it, nobody here learns."""
        from runner.actions import mail_message, mail_sending  # noqa: PLC0415 - the library on first use

        config = run.task.configured(SendEmailConfiguration)
        credential = await tools.credentials.open(config.credential)
        try:
            server = mail_sending.MailServer.of(credential.values)
            attachments = await _read(config, inputs, tools)
            mail = await asyncio.to_thread(
                mail_message.compose,
                config,
                inputs,
                attachments,
                attempt_id=run.attempt_id,
                at=datetime.now(UTC),
                usual_sender=credential.values.get("sender") or "",
            )
            skip = config.on_refused == "skip_and_report"
            taken = await mail_sending.send(
                server,
                tools.outgoing,
                mail,
                skip_refused=skip,
                begin=tools.effect,
                seconds_max=tools.deadline_seconds,
            )
        except mail_message.MailRefused as refused:
            return Failed(refused.code, str(refused))
        except mail_sending.MailFailed as error:
            return error.failed
        outputs = {
            "message_id": mail.message_id,
            "recipients": list(taken.recipients),
            "refused": [one.as_value() for one in taken.refused],
        }
        evidence = {
            "server": f"{server.host}:{server.port}",
            "security": server.security,
            "sender": mail.sender.spec,
            "bytes": len(mail.content),
            "said": taken.said,
        }
        return Succeeded(outputs, evidence=evidence)


async def _read(config: SendEmailConfiguration, inputs: Mapping[str, Any], tools: Tools) -> list[Any]:
    """The files that go along, in the order in which they are named; raises MailRefused when they are too large together."""
    from runner.actions.mail_message import (  # noqa: PLC0415
        MAIL_TOO_LARGE,
        MESSAGE_BYTES_MAX,
        Attachment,
        MailRefused,
    )

    files: list[Mapping[str, Any]] = []
    for name in config.attachments:
        given = inputs.get(name)
        files += given if isinstance(given, list) else [] if given is None else [given]
    size = sum(file["content"][BLOB]["size"] for file in files)
    if size > MESSAGE_BYTES_MAX:
        found = f"Expected attachments of at most {MESSAGE_BYTES_MAX} bytes together, but they have {size}."
        raise MailRefused(MAIL_TOO_LARGE, found)
    return [Attachment(file["name"], file["content"][BLOB]["type"], await tools.files.read(file)) for file in files]
