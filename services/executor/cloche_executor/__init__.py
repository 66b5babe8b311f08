"""Runs evaluations in sandboxes and streams their output as events."""
