"""Trains a small neural network on two spirals, in nothing but Python; its curve and figures are artifacts.

The learning rate and the seed come from the environment, so that a grid of parameters needs one program:
sweep.py runs every combination and compares them.
"""

import json
import math
import os
import random
from pathlib import Path

RATE = float(os.environ.get("ARG_RATE", "0.1"))
SEED = int(os.environ.get("SEED", "1"))
HIDDEN, EPOCHS, POINTS = 12, 60, 60


def spirals() -> list[tuple[float, float, float]]:
    """Points of two spirals that wind around each other: (x, y, which)."""
    points = []
    for n in range(POINTS):
        turn, radius = n * 3.0 * math.pi / POINTS, (n + 5) / POINTS
        for which in (0.0, 1.0):
            angle = turn + which * math.pi
            points.append((radius * math.cos(angle), radius * math.sin(angle), which))
    return points


class Network:
    """Two inputs, one layer of tanh, one sigmoid."""

    def __init__(self, chance: random.Random) -> None:
        self.inner = [[chance.uniform(-2.0, 2.0) for _ in range(3)] for _ in range(HIDDEN)]
        self.outer = [chance.uniform(-1.0, 1.0) for _ in range(HIDDEN + 1)]

    def learn(self, x: float, y: float, wanted: float) -> tuple[float, bool]:
        """One step down the gradient; the loss before it, and whether the answer was right."""
        hidden = [math.tanh(w[0] * x + w[1] * y + w[2]) for w in self.inner]
        logit = sum(w * h for w, h in zip(self.outer, hidden, strict=False)) + self.outer[-1]
        answer = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))
        error = answer - wanted
        for n, value in enumerate(hidden):
            slope = error * self.outer[n] * (1.0 - value * value)
            self.outer[n] -= RATE * error * value
            for i, part in enumerate((x, y, 1.0)):
                self.inner[n][i] -= RATE * slope * part
        self.outer[-1] -= RATE * error
        right = answer if wanted else 1.0 - answer
        return -math.log(max(right, 1e-9)), right > 0.5


def main() -> None:
    chance = random.Random(SEED)  # noqa: S311 - the same numbers again is what a seed is for
    network, points = Network(chance), spirals()
    curve = []
    for epoch in range(EPOCHS):
        chance.shuffle(points)
        results = [network.learn(*point) for point in points]
        loss = sum(one for one, _ in results) / len(results)
        accuracy = sum(right for _, right in results) / len(results)
        curve.append(loss)
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1:3}  loss {loss:.3f}  accuracy {accuracy:.2f}", flush=True)
    output = Path(os.environ.get("CLOCHE_OUTPUT", "."))
    figures = {"rate": RATE, "seed": SEED, "loss": curve[-1], "accuracy": accuracy}
    (output / "metrics.json").write_text(json.dumps(figures))
    (output / "curve.csv").write_text("".join(f"{n},{loss:.6f}\n" for n, loss in enumerate(curve)))


if __name__ == "__main__":
    main()
