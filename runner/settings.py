"""All that can be set from outside, read once from the environment variables `OPUS_*`."""

import os
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import unquote, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo

from runner.addresses import PrivateNetworks, parse_private_networks
from runner.limits import Limit, parse_limits
from runner.tool_servers import ToolServers, read_tool_servers

PREFIX: Final = "OPUS_"
WRONG_SETTINGS_EXIT_CODE: Final = 2
MEGABYTE: Final = 1_000_000
FILE_BYTES_DEFAULT: Final = 100 * MEGABYTE
FILE_BYTES_MAX: Final = 5_000 * MEGABYTE
WORKSPACE_FILES_DEFAULT: Final = 1_000_000
WORKSPACE_BYTES_DEFAULT: Final = 1_000_000 * MEGABYTE
COLLECT_HOURS_DEFAULT: Final = 24.0
COLLECT_HOURS_MAX: Final = 24 * 365
SHOWN_CHARACTERS_MAX: Final = 80


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """For whom is logged: people at a terminal, or programs."""

    CONSOLE = "console"
    JSON = "json"


class SettingsRefused(Exception):
    """Some settings have values that cannot be used; the message names each with what was expected and found."""


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _database_url(url: str) -> str:
    try:
        conninfo_to_dict(url)
    except ProgrammingError as error:
        raise ValueError from error
    if "=" not in url and "://" not in url:
        raise ValueError
    return url


def _blobs_url(value: object) -> object:
    """A folder is its URL too."""
    if isinstance(value, str) and value.startswith("s3://"):
        parts = urlsplit(value)
        if not parts.netloc or "@" in parts.netloc:
            raise ValueError
        return value
    if isinstance(value, str) and "://" in value:
        return _folder_of(value).as_uri()
    return _absolute(Path(value)).as_uri() if isinstance(value, str | Path) else value


def _folder_of(url: str) -> Path:
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc or not parts.path:
        raise ValueError
    return Path(unquote(parts.path))


def _limits(value: object) -> object:
    return parse_limits(value) if isinstance(value, str) else value


def _tool_servers(value: object) -> object:
    return read_tool_servers(Path(value).absolute()) if isinstance(value, str) else value


def _private_networks(value: object) -> object:
    return parse_private_networks(value) if isinstance(value, str) else value


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]


def _setting(*, expected: str, description: str, shown_default: str | None = None, **options: Any) -> Any:
    extra: JsonDict = {"expected": expected, "shown_default": shown_default}
    return Field(description=description, json_schema_extra=extra, **options)


class Settings(BaseModel):
    """The settings of one process; they never change while it runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: AbsolutePath = _setting(
        default=Path(".opus"),
        validate_default=True,
        expected="a folder",
        description="The folder that holds the embedded database, the files and the keys.",
        shown_default="./.opus",
    )
    database_url: DatabaseUrl | None = _setting(
        default=None,
        repr=False,
        expected="a PostgreSQL URL like postgresql://user:password@host:5432/name",
        description="How the running parts connect to a PostgreSQL (15 or newer) of your own, without a transaction "
        "pooler in between.",
        shown_default="the embedded PostgreSQL",
    )
    owner_database_url: DatabaseUrl | None = _setting(
        default=None,
        repr=False,
        expected="a PostgreSQL URL like postgresql://owner:password@host:5432/name",
        description="How the owner of the tables connects, who migrates; needed beside OPUS_DATABASE_URL only by "
        "what migrates, backs up or restores.",
        shown_default="the embedded PostgreSQL",
    )
    blobs: Annotated[str, BeforeValidator(_blobs_url)] = _setting(
        default_factory=lambda data: (data["home"] / "blobs").as_uri(),
        expected="a folder, its URL beginning with file:///, or s3://bucket/prefix?endpoint=https://host&region=name",
        description="Where files and large values are stored: a folder, or a bucket of any S3, whose keys stand in AWS_ACCESS_KEY_ID "
        "and AWS_SECRET_ACCESS_KEY.",
        shown_default="`blobs` in OPUS_HOME",
    )
    master_key_file: AbsolutePath = _setting(
        default_factory=lambda data: data["home"] / "keys" / "master.key",
        expected="a file",
        description="The file of the key all other keys are encrypted with; made on first use, and as worth keeping "
        "as the data.",
        shown_default="`keys/master.key` in OPUS_HOME",
    )
    secrets_key: SecretStr | None = _setting(
        default=None,
        min_length=1,
        repr=False,
        expected="exec: and a program, file: and a path, or keys as base64, parted by commas",
        description="The keys the secrets of credentials are sealed under, the newest last: `file:path`, `exec:program "
        "arguments` (any program that prints them, as the command line of a key service does), or the keys themselves.",
        shown_default="`secrets.keys` beside OPUS_MASTER_KEY_FILE, made on first use",
    )
    host: str = _setting(
        default="127.0.0.1",
        min_length=1,
        expected="an address or host name of this machine",
        description="The address the API listens on.",
    )
    port: int = _setting(
        default=8484,
        ge=1,
        le=65535,
        expected="a whole number from 1 to 65535",
        description="The port the API listens on.",
    )
    development: bool = _setting(
        default=False,
        expected="true or false",
        description="Whether the API shows the GraphiQL page.",
    )
    file_bytes_max: int = _setting(
        default=FILE_BYTES_DEFAULT,
        ge=1,
        le=FILE_BYTES_MAX,
        expected=f"a whole number of bytes from 1 to {FILE_BYTES_MAX}",
        description="The size of the largest file that can be stored, in bytes.",
    )
    workspace_files_max: int = _setting(
        default=WORKSPACE_FILES_DEFAULT,
        ge=0,
        expected="a whole number from 0",
        description="How many files a workspace may have stored.",
    )
    workspace_bytes_max: int = _setting(
        default=WORKSPACE_BYTES_DEFAULT,
        ge=0,
        expected="a whole number of bytes from 0",
        description="How much a workspace may have stored, files and large values together, in bytes.",
    )
    collect_hours: float = _setting(
        default=COLLECT_HOURS_DEFAULT,
        ge=0,
        le=COLLECT_HOURS_MAX,
        expected=f"a number from 0 to {COLLECT_HOURS_MAX}",
        description="How often a runner removes content that nothing refers to from where files are stored; 0: only `opus files collect` does.",
    )
    limits: Annotated[tuple[Limit, ...], BeforeValidator(_limits)] = _setting(
        default=(),
        expected="limits like kind:ai=10, credential:bank=100/m, workspace:*=200",
        description="Limits over all jobs, for each kind, credential or workspace (`*`: each on its own): how many runs are "
        "performed at once, or with `/s`, `/m` or `/h` begin in that time. All runners must have the same.",
        shown_default="none",
    )
    code_memory_bytes_max: int = _setting(
        default=134217728,
        ge=16777216,
        le=8589934592,
        expected="a whole number of bytes from 16777216 to 8589934592",
        description="The memory that the code of one task may use, in bytes.",
    )
    code_seconds_max: int = _setting(
        default=600,
        ge=1,
        le=3600,
        expected="a whole number of seconds from 1 to 3600",
        description="The longest time that the code of one task may take, whatever the limit of the task, in seconds.",
    )
    code_processes_max: int = _setting(
        default=2,
        ge=1,
        le=64,
        expected="a whole number of processes from 1 to 64",
        description="How many processes a runner has that run code.",
    )
    document_memory_bytes_max: int = _setting(
        default=1073741824,
        ge=268435456,
        le=17179869184,
        expected="a whole number of bytes from 268435456 to 17179869184",
        description="The memory, as address space, of a process that reads a document, in bytes.",
    )
    document_seconds_max: int = _setting(
        default=60,
        ge=1,
        le=3600,
        expected="a whole number of seconds from 1 to 3600",
        description="How long reading one document may take, without its scanned pages, in seconds.",
    )
    document_processes_max: int = _setting(
        default=2,
        ge=1,
        le=64,
        expected="a whole number of processes from 1 to 64",
        description="How many processes a runner has that read documents.",
    )
    private_networks: Annotated[PrivateNetworks, BeforeValidator(_private_networks)] = _setting(
        default=PrivateNetworks(),
        expected="networks and hosts like 10.1.0.0/16, [fd00::/8]:443, 192.168.1.5:8080, ollama.internal:11434",
        description="Private, local and reserved addresses that tasks may reach beside public ones, parted by commas: networks, "
        "with a port or without; or hosts by the name that is asked for, with one.",
        shown_default="none: only public addresses",
    )
    sqlite_folder: AbsolutePath | None = _setting(
        default=None,
        expected="a folder",
        description="The folder of the SQLite databases that credentials of the kind sql may name; no other is opened.",
        shown_default="none: no SQLite databases but stored files",
    )
    tool_servers: Annotated[ToolServers, BeforeValidator(_tool_servers)] = _setting(
        default_factory=dict,
        expected='a file like {"mcpServers": {"time": {"command": "mcp-server-time", "args": [], "env": {}}}}',
        description="The file that lists the programs which tasks may start as tool servers (MCP over stdio), by name, in the form "
        "that other clients of MCP have it in. Read at start.",
        shown_default="none: only tool servers that a credential reaches",
    )
    log_level: LogLevel = _setting(
        default=LogLevel.INFO,
        expected="debug, info, warning or error",
        description="How much is logged.",
    )
    log_format: LogFormat = _setting(
        default=LogFormat.CONSOLE,
        expected="console or json",
        description="Log lines for people (`console`) or for programs (`json`).",
    )
    url: str | None = _setting(
        default=None,
        pattern=r"^https?://[^/]+",
        expected="a URL beginning with http:// or https://",
        description="The API the command line talks to.",
        shown_default="http://OPUS_HOST:OPUS_PORT",
    )
    api_key: SecretStr | None = _setting(
        default=None,
        min_length=1,
        repr=False,
        expected="an API key",
        description="The API key the command line uses.",
        shown_default="the admin key the first `opus up` left in OPUS_HOME",
    )

    @property
    def is_embedded(self) -> bool:
        """Whether the database is the embedded PostgreSQL in the home folder."""
        return self.database_url is None

    @property
    def blobs_folder(self) -> Path | None:
        """The folder of the blob store; None where it is a bucket."""
        return None if self.blobs.startswith("s3://") else _folder_of(self.blobs)

    @property
    def api_url(self) -> str:
        """The API the command line talks to."""
        return self.url or f"http://{self.host}:{self.port}"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment (or the one given); refuses wrong values, all of them at once."""
    given = os.environ if environment is None else environment
    variables = {variable_of(field): field for field in Settings.model_fields}
    values = {field: given[variable] for variable, field in variables.items() if given.get(variable)}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsRefused("\n".join(_sentences(error))) from error
    if settings.owner_database_url is not None and settings.database_url is None:
        raise SettingsRefused("Expected OPUS_DATABASE_URL to be set where OPUS_OWNER_DATABASE_URL is, but it is not.")
    return settings


def load_settings_or_exit() -> Settings:
    """Read the settings; on wrong values say so in a sentence each and leave with exit code 2."""
    try:
        return load_settings()
    except SettingsRefused as refusal:
        sys.stderr.write(f"{refusal}\n")
        raise SystemExit(WRONG_SETTINGS_EXIT_CODE) from None


def variable_of(field: str) -> str:
    """The environment variable that sets a field."""
    return f"{PREFIX}{field.upper()}"


def _sentences(error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False):
        if detail["type"] == "default_factory_not_called":  # Follows from another wrong value, which is named.
            continue
        field = str(detail["loc"][0])
        info = Settings.model_fields[field]
        # What holds a password is not repeated where it may be logged.
        found = "another value is set" if not info.repr else f"it is {detail['input']!r:.{SHOWN_CHARACTERS_MAX}}"
        yield f"Expected {variable_of(field)} to be {_extra(info)['expected']}, but {found}."


def _extra(info: FieldInfo) -> dict[str, Any]:
    extra = info.json_schema_extra
    return extra if isinstance(extra, dict) else {}


def describe_settings() -> str:
    """The page docs/settings.md: every variable, what it is for, what it takes and what holds without it."""
    lines = [
        "# Settings",
        "",
        "Everything is set by environment variables; an empty one counts as not set. A value that cannot be used is",
        "refused at start with a sentence and exit code 2. This page is printed by `python -m runner.settings`.",
        "",
        "| Variable | For | Takes | Without it |",
        "| --- | --- | --- | --- |",
    ]
    for field, info in Settings.model_fields.items():
        extra = _extra(info)
        shown = extra["shown_default"] or f"`{_plain(info.default)}`"
        lines.append(f"| `{variable_of(field)}` | {info.description} | {extra['expected']} | {shown} |")
    return "\n".join(lines) + "\n"


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    sys.stdout.write(describe_settings())
