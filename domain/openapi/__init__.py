"""OpenAPI documents (3.0 and 3.1): which operations a service has, and the task of kind `http` that calls one."""

from domain.openapi.document import (
    Document,
    DocumentRefused,
    Operation,
    OperationUnknown,
    read_document,
)
from domain.openapi.prefilling import Prefilled, WantedCredential, prefill

__all__ = [
    "Document",
    "DocumentRefused",
    "Operation",
    "OperationUnknown",
    "Prefilled",
    "WantedCredential",
    "prefill",
    "read_document",
]
