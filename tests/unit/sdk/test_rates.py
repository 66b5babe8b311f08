"""How the command shows what happens seldom and what happens often."""

import pytest
from cloche.commands.statistics import _rate


@pytest.mark.parametrize(
    ("per_second", "shown"),
    [(0.0, "0.0/h"), (5.7e-5, "0.2/h"), (0.01, "36.0/h"), (0.3, "18.0/min"), (2500.0, "2,500.0/s")],
)
def test_a_rate_is_shown_in_a_unit_that_says_something(per_second: float, shown: str) -> None:
    assert _rate(per_second) == shown
