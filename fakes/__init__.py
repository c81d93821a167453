"""The simulated booth: a product of its own."""
