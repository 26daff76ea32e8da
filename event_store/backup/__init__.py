"""Everything worth keeping in one folder or file, and the way back from it."""

from event_store.backup.archive import Manifest
from event_store.backup.holdings import Holdings
from event_store.backup.making import backup
from event_store.backup.refusals import BackupRefusal
from event_store.backup.restoring import Restored, expect_whole, restore

__all__ = ["BackupRefusal", "Holdings", "Manifest", "Restored", "backup", "expect_whole", "restore"]
