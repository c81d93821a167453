"""Cameras, through the vendors' own SDKs, and recorded sessions."""
