"""What drives a crisis: pure functions from the facts of its window to ``app.core.cause``."""
