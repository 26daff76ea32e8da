"""Settings come from OPUS_* variables only, wrong ones are named, and their page is the printed one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from runner.actions.registry import SandboxLimits
from runner.compose import sandbox_limits
from runner.settings import (
    LogLevel,
    Settings,
    SettingsRefused,
    describe_settings,
    load_settings,
    variable_of,
)

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"


def test_without_variables_everything_lies_in_the_home_folder() -> None:
    settings = load_settings({})
    home = Path.cwd() / ".opus"
    assert settings.home == home
    assert settings.blobs_folder == home / "blobs"
    assert settings.master_key_file == home / "keys" / "master.key"
    assert settings.is_embedded
    assert settings.api_url == "http://127.0.0.1:8484"
    assert settings.file_bytes_max == 100_000_000


def test_variables_are_read_and_empty_ones_count_as_not_set(tmp_path: Path) -> None:
    environment = {
        "OPUS_HOME": str(tmp_path),
        "OPUS_DATABASE_URL": "postgresql://opus_service:secret@db:5432/opus",
        "OPUS_BLOBS": "file:///srv/my%20blobs",
        "OPUS_PORT": "9000",
        "OPUS_DEVELOPMENT": "true",
        "OPUS_LOG_LEVEL": "debug",
        "OPUS_HOST": "",
        "OPUS_UNHEARD_OF": "1",
    }
    settings = load_settings(environment)
    assert settings.master_key_file == tmp_path / "keys" / "master.key"
    assert settings.blobs_folder == Path("/srv/my blobs")
    assert (settings.host, settings.port, settings.development) == ("127.0.0.1", 9000, True)
    assert settings.log_level is LogLevel.DEBUG
    assert not settings.is_embedded


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("OPUS_PORT", "http", "Expected OPUS_PORT to be a whole number from 1 to 65535, but it is 'http'."),
        ("OPUS_PORT", "70000", "Expected OPUS_PORT to be a whole number from 1 to 65535, but it is '70000'."),
        ("OPUS_DEVELOPMENT", "maybe", "Expected OPUS_DEVELOPMENT to be true or false, but it is 'maybe'."),
        ("OPUS_LOG_LEVEL", "loud", "Expected OPUS_LOG_LEVEL to be debug, info, warning or error, but it is 'loud'."),
        (
            "OPUS_BLOBS",
            "ftp://files/x",
            "Expected OPUS_BLOBS to be a folder, its URL beginning with file:///, or s3://bucket/prefix",
        ),
        ("OPUS_URL", "example.org", "Expected OPUS_URL to be a URL beginning with http:// or https://, but"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(variable: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        load_settings({variable: value})
    assert str(refused.value).startswith(sentence)


def test_several_wrong_values_are_named_at_once() -> None:
    with pytest.raises(SettingsRefused) as refused:
        load_settings({"OPUS_PORT": "0", "OPUS_FILE_BYTES_MAX": "many"})
    assert [line.split()[1] for line in str(refused.value).splitlines()] == ["OPUS_PORT", "OPUS_FILE_BYTES_MAX"]


def test_passwords_are_shown_neither_in_refusals_nor_when_printed() -> None:
    with pytest.raises(SettingsRefused) as refused:
        load_settings({"OPUS_DATABASE_URL": "mysql://me:hunter2@db/opus"})
    assert str(refused.value) == (
        "Expected OPUS_DATABASE_URL to be a PostgreSQL URL like postgresql://user:password@host:5432/name, "
        "but another value is set."
    )
    environment = {"OPUS_DATABASE_URL": "postgresql://me:hunter2@db/opus", "OPUS_API_KEY": "hunter2"}
    assert "hunter2" not in repr(load_settings(environment))


def test_an_owner_url_alone_is_refused() -> None:
    with pytest.raises(SettingsRefused, match="Expected OPUS_DATABASE_URL to be set"):
        load_settings({"OPUS_OWNER_DATABASE_URL": "postgresql://owner@db/opus"})


def test_settings_never_change() -> None:
    with pytest.raises(ValidationError):
        load_settings({}).port = 1  # type: ignore[misc]


def test_a_process_with_wrong_settings_leaves_with_code_2_and_the_sentence() -> None:
    code = "from runner.settings import load_settings_or_exit; load_settings_or_exit()"
    environment = {**os.environ, "OPUS_PORT": "none"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "Expected OPUS_PORT to be a whole number from 1 to 65535, but it is 'none'.\n"


def test_the_page_of_settings_is_the_printed_one() -> None:
    assert DOCS.read_text() == describe_settings(), "run: python -m runner.settings > docs/settings.md"
    assert all(f"`{variable_of(field)}`" in DOCS.read_text() for field in Settings.model_fields)


def test_what_code_and_documents_may_use_is_set() -> None:
    limits = sandbox_limits(
        load_settings({"OPUS_CODE_MEMORY_BYTES_MAX": "33554432", "OPUS_DOCUMENT_PROCESSES_MAX": "4"})
    )
    assert limits.code.memory_bytes == 33_554_432
    assert limits.documents.processes == 4
    assert sandbox_limits(load_settings({})) == SandboxLimits()
