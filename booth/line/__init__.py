"""The line: where every tray is, and what the gate does."""
