"""Goals as ratios of two things measured in one run. `python -m benchmarks` prints them; frame.py has the rules."""

import sys
from pathlib import Path

# The servers that tests start for themselves (tests/support) serve benchmarks too.
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
