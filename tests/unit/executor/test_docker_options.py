"""What a container's program may take, where that differs from one runtime to the other."""

from typing import Literal

import pytest
from cloche_executor.engines.docker_marks import Marks
from cloche_executor.engines.docker_options import ulimits
from cloche_schemas.values import Limits

LIMITS = Limits(cpu_seconds=3, pids=10)


@pytest.mark.parametrize(("kind", "seconds"), [("docker", 3), ("gvisor", 72)])
def test_only_a_clock_that_can_be_relied_on_is_the_limit(
    kind: Literal["docker", "gvisor"], seconds: int
) -> None:
    marks = Marks(installation="i", executor="e", life="l", kind=kind)
    assert ulimits(LIMITS, marks)["t"] == seconds
