"""The evaluation's state machine: decide, evolve, fold."""
