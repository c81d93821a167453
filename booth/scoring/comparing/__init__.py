"""A tray laid over references of its product, and what it has that they have not."""
