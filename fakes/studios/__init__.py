"""What makes the pictures of the simulated booth: drawn, staged, shipped, or flat and cheap."""
