"""Drivers whose devices are in the simulated booth: clients of fakes.world."""
