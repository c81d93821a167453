"""Barcode scanners: what they read off the labels that go by."""
