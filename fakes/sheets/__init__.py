"""Contact sheets of the simulated booth, for people."""
