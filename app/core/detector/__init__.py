"""The spike detector: the one place that imports River."""
