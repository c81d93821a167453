"""A line whose trays and gate belong to a PLC: the booth looks when it is triggered, and answers."""
