"""The credentials that the tasks of a design name."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from domain.kinds import KINDS, Configuration
from domain.kinds.credential_names import NamedCredential, can_name, credentials_in
from domain.workflows.design import Design


def credentials_named(design: Design) -> Iterator[tuple[str, NamedCredential]]:
    """Each place that names a credential, beside the task it stands in; a configuration that cannot be read names none."""
    for name, task in design.tasks.items():
        kind = KINDS.get(task.kind)
        if kind is None:
            continue
        model: type[Configuration] = kind.config
        if not can_name(model):
            continue
        try:
            config = kind.read(task.config)
        except ValidationError:
            continue
        for named in credentials_in(config):
            yield name, named
