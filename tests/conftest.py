"""Fixtures that any test may ask for. One line for each file of `support` that has some."""

pytest_plugins = [
    "support.bus",
    "support.nats",
    "support.postgres",
    "support.s3",
]
