"""The errors that tasks fail with: each code once, with what happened, what to do then, and whether a retry tries it again."""

from domain.kinds.errors.error import Retried, TaskError
from domain.kinds.errors.shared import CREDENTIAL_ERRORS, EVERY_KIND_ERRORS, STORING_ERRORS

__all__ = ["CREDENTIAL_ERRORS", "EVERY_KIND_ERRORS", "STORING_ERRORS", "Retried", "TaskError"]
