"""Workspaces: who asks, members, API keys, and the mutations that manage them."""
