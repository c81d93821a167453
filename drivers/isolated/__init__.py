"""A camera's driver in a process of its own, behind the protocol that it keeps. `camera` is the booth's end, `host` the
program of that process."""
