"""Tries credentials where they belong, for whoever asks and for previews: one tester a kind, registered by who speaks its protocol."""
