"""Dashboards, service level objectives and the inventory of metrics as code. `python -m cloche_observability` writes
what follows from it; `--check` says what has drifted."""
