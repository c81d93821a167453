"""From views to a score, and from a score to a verdict."""
