"""Load as many clients make it at once, by locust: `make bench-load` (docs/benchmarks.md)."""
