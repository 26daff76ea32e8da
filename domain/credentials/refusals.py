"""What a credential refuses, and the sentence it says."""

from __future__ import annotations

from domain.refusals import Refusal


class CredentialNotFound(Refusal):
    """Expected a credential of this workspace, but there is none of this id or name."""


class CredentialNameTaken(Refusal):
    """Expected a name that no credential of the workspace has, but {name} is one of the kind {kind}."""


class CredentialIsRemoved(Refusal):
    """Expected a credential in use, but {name} was removed."""


class CredentialNameRefused(Refusal):
    """Expected a name of 1 to {most} lower-case letters, digits, _ and -, beginning with a letter, but got {found}."""


class CredentialKindUnknown(Refusal):
    """Expected one of the kinds {kinds}, but got {found}."""


class CredentialFieldsWrong(Refusal):
    """Expected the fields of a credential of the kind {kind}, but these do not fit: {fields}."""


class CredentialRevisionPassed(Refusal):
    """Expected to set the secrets of {name} next after revision {expected}, but others set revision {found} since."""


class CredentialDescriptionRefused(Refusal):
    """Expected a description of at most {most} characters, but got {found}."""
