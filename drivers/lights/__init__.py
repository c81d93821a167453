"""Lamps and light controllers."""
