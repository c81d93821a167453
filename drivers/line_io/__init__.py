"""Sensors, gates and I/O modules."""
