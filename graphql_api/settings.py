"""What can be set of the API's door."""

from __future__ import annotations

from dataclasses import dataclass

BODY_BYTES_MAX = 8 * 1024 * 1024
FILE_BYTES_DEFAULT = 100_000_000
WORKSPACE_FILES_DEFAULT = 1_000_000
WORKSPACE_BYTES_DEFAULT = 1_000_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """How the door is set."""

    development: bool = False  # whether the GraphiQL page is shown
    body_bytes_max: int = BODY_BYTES_MAX  # of a GraphQL request or message
    file_bytes_max: int = FILE_BYTES_DEFAULT
    workspace_files_max: int = WORKSPACE_FILES_DEFAULT
    workspace_bytes_max: int = WORKSPACE_BYTES_DEFAULT
    allowed_origins: tuple[str, ...] = ()  # of pages elsewhere that may ask, as https://console.example
