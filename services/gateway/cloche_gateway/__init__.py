"""Takes evaluations over REST, serves read models and live feeds."""
