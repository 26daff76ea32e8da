"""DBOS: a library whose workflows are rows of PostgreSQL, worked off by its users' own processes."""
