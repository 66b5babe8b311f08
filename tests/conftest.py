"""Fixtures that any test may ask for. One line for each file of `support` that has some, after those it imports."""

pytest_plugins = [
    "support.nats",
    "support.bus",
    "support.postgres",
    "support.s3",
    "support.docker_plugin",
]
