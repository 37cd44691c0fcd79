"""Datasets that seesay knows how to read or make."""
