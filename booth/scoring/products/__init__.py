"""Which product is on the tray, and by which thresholds it is judged."""
