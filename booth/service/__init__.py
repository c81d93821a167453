"""What a service owes its machine: readiness, a heartbeat, logs, a desk to ask at."""
