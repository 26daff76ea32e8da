"""Log lines of a part: one a line on standard error, for people or as JSON, from our code and from libraries alike."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.types import Processor

from runner.secrecy import blank_logged
from runner.settings import LogFormat, Settings

# What these say below a warning is of use only to who works on them; of HTTP it would be URLs and headers, which hold secrets.
_QUIET = ("httpx2", "httpcore2", "uvicorn.access", "asyncio")


def begin_logs(settings: Settings) -> None:
    """Sets how this process logs; called once, before anything is logged."""
    level = getattr(logging, settings.log_level.upper())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        Discreet(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_written(settings.log_format)],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class Discreet(structlog.stdlib.ProcessorFormatter):
    """Writes lines without the secrets that runs under way were given, whoever logs them."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return blank_logged(super().format(record))


def _written(log_format: LogFormat) -> list[Processor]:
    if log_format is LogFormat.JSON:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    colours = sys.stderr.isatty()
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain, pad_event_to=0)]
