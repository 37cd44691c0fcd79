"""Items and interactions: read, validate, split."""
