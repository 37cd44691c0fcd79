"""A video file becomes frames, sound and a manifest of what was decoded."""
