"""What backup and restore say when they cannot do what was asked."""


class BackupRefusal(Exception):
    """A backup cannot be made or restored as things are; the message says what to do."""
