"""Restate: a server with a log of its own, which calls worker processes over HTTP/2."""
