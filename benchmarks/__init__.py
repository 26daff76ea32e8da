"""Measurements of the workloads that say how fast the system is, on real parts with fsync on."""
