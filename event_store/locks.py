"""The advisory locks of the log, one key each; the two-integer form of the locks is free for shards, runs and the projector."""

APPEND_LOCK = 7873540521
"""Held by every append until it is committed; also written in sql/0002_append.sql."""

MIGRATE_LOCK = 7873540522
"""Held while migrations run, so that two processes starting at once do it once."""
