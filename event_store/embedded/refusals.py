"""What the embedded PostgreSQL says when it cannot do what was asked."""


class EmbeddedPostgresRefusal(Exception):
    """The embedded PostgreSQL cannot be set up, started or stopped as things are; the message says what to do."""
