"""The simulated conveyor, what comes down it, and who stands beside it."""
