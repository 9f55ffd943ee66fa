"""Invented crises for drills: texts by scenario, and how a drill says them."""
