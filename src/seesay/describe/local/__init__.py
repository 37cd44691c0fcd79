"""A multimodal model in this process."""
