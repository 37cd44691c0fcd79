"""Frames, sound and title become words."""
