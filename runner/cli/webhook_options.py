"""What can be said of webhooks and callbacks on the command line, and how the API takes it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

Named = Annotated[str, typer.Argument(help="Name or id of the webhook.", show_default=False)]
Credential = Annotated[
    str | None,
    typer.Option(help="The credential of kind signing whose secret callers sign with.", show_default=False),
]
Mapped = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        "-m",
        help="input=path, as order=data.items.0 (input= for the whole body), once for each input; without any, each field whose name an input has.",
        show_default=False,
    ),
]
Given = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        "-i",
        help="name=value or name=@file, once for each input that every job is given.",
        show_default=False,
    ),
]
Title = Annotated[str | None, typer.Option(help="What the jobs are called.", show_default=False)]
BusinessKey = Annotated[
    str | None, typer.Option(help="The path where the body says what the job is about.", show_default=False)
]
BytesMax = Annotated[int | None, typer.Option(help="How large the body of a call may be.", show_default=False)]
Callbacks = Annotated[
    list[str] | None,
    typer.Option(
        "--callback",
        help="URL=CREDENTIAL: an address that is told of the job's end, and the credential of kind signing that signs the call.",
        show_default=False,
    ),
]


def mapping_of(mapped: list[str] | None) -> list[dict[str, Any]] | None:
    """The mapping as the API takes it; None where none was given."""
    return None if not mapped else [_mapped(one) for one in mapped]


def path_of(text: str) -> list[str]:
    """A path that is written with dots."""
    return text.split(".") if text else []


def callbacks_of(given: list[str] | None) -> list[dict[str, str]] | None:
    """Callbacks as the API takes them; None where none was given."""
    return None if not given else [_callback(one) for one in given]


def plan_of(
    *,
    credential: str | None,
    mapped: list[str] | None,
    title: str | None,
    business_key: str | None,
    bytes_max: int | None,
    callbacks: list[str] | None,
) -> dict[str, Any]:
    """What was said of a plan, as the API takes it; what was not said is left out."""
    said = {
        "credential": credential,
        "mapping": mapping_of(mapped),
        "title": title,
        "businessKey": None if business_key is None else path_of(business_key),
        "bytesMax": bytes_max,
        "callbacks": callbacks_of(callbacks),
    }
    return {name: value for name, value in said.items() if value is not None}


def _mapped(text: str) -> dict[str, Any]:
    name, sign, path = text.partition("=")
    if not sign or not name:
        raise typer.BadParameter(f"Expected --map as input=path, but got {text}.")
    return {"input": name, "path": path_of(path)}


def _callback(text: str) -> dict[str, str]:
    url, sign, credential = text.rpartition("=")
    if not sign or not url or not credential:
        raise typer.BadParameter("Expected --callback as URL=CREDENTIAL, but got it without a credential.")
    return {"url": url, "credential": credential}
