"""Credentials: made, tested and looked at here; their secrets are written and never shown."""
