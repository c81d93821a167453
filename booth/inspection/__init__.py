"""One tray's journey from the entry sensor to its verdict."""
