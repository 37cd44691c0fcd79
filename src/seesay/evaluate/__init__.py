"""Metrics, full ranking, the comparison and its report."""
