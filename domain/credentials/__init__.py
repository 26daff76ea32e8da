"""Credentials: what tasks show to other systems. The log knows their names, kinds and uses, never their secrets."""
