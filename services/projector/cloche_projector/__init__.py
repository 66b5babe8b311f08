"""Folds events into the PostgreSQL read models."""
