"""Callbacks: whom jobs tell of their end, what came of each call, and how one is made again."""
