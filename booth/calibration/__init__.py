"""Calibration is a measurement: one module per procedure, and a store of files that are never changed."""
