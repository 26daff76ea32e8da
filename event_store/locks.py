"""The advisory locks of the log, one key each; the two-integer form of the locks is for shards, runs and the projector."""

APPEND_LOCK = 7873540521
"""Held by every append until it is committed; also written in sql/0002_append.sql."""

MIGRATE_LOCK = 7873540522
"""Held while migrations run, so that two processes starting at once do it once."""

COLLECT_LOCK = 7873540524
"""Held while content that nothing refers to is removed, and shared by a backup, from under which nothing may go."""

SHARD_LOCK = 0x6F70_7502
"""First key of the two-integer lock that the runner of a shard holds; the second is the shard."""
