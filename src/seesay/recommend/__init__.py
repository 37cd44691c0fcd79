"""Vectors and interactions become ranked items."""
