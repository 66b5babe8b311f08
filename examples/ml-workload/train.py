"""Trains a classifier by gradient descent on data that it makes itself; standard library only, so it runs anywhere.

ARG_RATE and ARG_EPOCHS are its hyper-parameters, SEED its data. It logs as it goes, writes its accuracy on data that it
has not seen as the last line, and leaves its weights as an artifact.
"""

import json
import math
import os
import random
from pathlib import Path

RATE = float(os.environ.get("ARG_RATE", "0.1"))
EPOCHS = int(os.environ.get("ARG_EPOCHS", "20"))
SEED = int(os.environ.get("SEED", "1"))

chance = random.Random(SEED)  # noqa: S311 - data, no secret


def sample() -> tuple[list[float], float]:
    """A point, and whether it lies above a noisy line."""
    x, y = chance.uniform(-1, 1), chance.uniform(-1, 1)
    return [1.0, x, y], float(y > 0.5 * x + 0.2 + chance.gauss(0, 0.1))


def predicted(weights: list[float], point: list[float]) -> float:
    score = sum(w * p for w, p in zip(weights, point, strict=True))
    return 1 / (1 + math.exp(-score))


training, unseen = [sample() for _ in range(400)], [sample() for _ in range(200)]
weights = [0.0, 0.0, 0.0]
for epoch in range(1, EPOCHS + 1):
    loss = 0.0
    for point, label in training:
        p = predicted(weights, point)
        loss -= math.log(max(p if label else 1 - p, 1e-12))
        weights = [w + RATE * (label - p) * x for w, x in zip(weights, point, strict=True)]
    if epoch % 5 == 0 or epoch == EPOCHS:
        print(f"epoch {epoch}: loss {loss / len(training):.4f}", flush=True)

right = sum((predicted(weights, point) > 0.5) == bool(label) for point, label in unseen)
result = {"accuracy": right / len(unseen), "rate": RATE, "epochs": EPOCHS, "seed": SEED}
if folder := os.environ.get("CLOCHE_OUTPUT"):
    (Path(folder) / "model.json").write_text(json.dumps({"weights": weights, **result}))
print(json.dumps(result))
