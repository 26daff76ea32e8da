"""The workloads, each through the public API and with the read models caught up at its end."""
