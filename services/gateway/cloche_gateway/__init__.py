"""Takes evaluations over REST, serves read models and live feeds."""

__version__ = "0.1.0"
