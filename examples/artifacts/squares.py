"""Leaves a file: `cloche run --artifacts out examples/artifacts/squares.py` saves it as out/squares.csv."""

import os
from pathlib import Path

folder = Path(os.environ["CLOCHE_OUTPUT"])
lines = [f"{n},{n * n}" for n in range(10)]
(folder / "squares.csv").write_text("n,square\n" + "\n".join(lines) + "\n")
print(f"{len(lines)} lines written")
