"""Pure: what stands on the tray by its height, and by how light from opposed sides falls on it."""
