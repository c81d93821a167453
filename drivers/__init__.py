"""What devices are, say, and in which units; and the real ones."""
