"""A real PostgreSQL that needs no installation: set up, started, found again and stopped by us."""

from event_store.embedded.refusals import EmbeddedPostgresRefusal
from event_store.embedded.server import EmbeddedPostgres, RunningServer

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresRefusal", "RunningServer"]
