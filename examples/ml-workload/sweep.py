"""Try every combination of hyper-parameters at once, watch the results come in, and fetch the best model.

`.venv/bin/python examples/ml-workload/sweep.py` beside `cloche up`. The trainings run as fast as there are slots.
"""

import asyncio
import json
from pathlib import Path

from cloche import AsyncClient, LimitsBody, SubmitBatch, SubmitEvaluation

SWEEP = SubmitBatch(
    name="sweep",
    template=SubmitEvaluation(
        code=Path(__file__).with_name("train.py").read_text(),
        name="train.py",
        limits=LimitsBody(wall_seconds=60, memory_bytes=256 << 20),
        labels={"example": "ml-workload"},
    ),
    parameters={"ARG_RATE": ("0.001", "0.01", "0.1"), "ARG_EPOCHS": ("5", "20"), "SEED": ("1",)},
)


async def main() -> None:
    async with AsyncClient.local() as client:
        batch = await client.batches.submit(SWEEP)
        best, model = -1.0, ""
        async for view in client.batches.results(batch.id):
            if view.outcome != "succeeded":
                print(f"{view.id} {view.outcome or view.status}: {view.detail}")
                continue
            last = (await client.output(view.id, tail_lines=1)).decode()
            result = json.loads(last)
            print(f"accuracy {result['accuracy']:.3f}  {last.strip()}", flush=True)
            if result["accuracy"] > best:
                best, model = result["accuracy"], view.id
        print(f"best: {best:.3f} by {model}")
        for file in (await client.artifacts(model)).items:
            weights = json.loads(await client.artifact(model, file.name))["weights"]
            print(f"{file.name}: {file.size} bytes, weights {[round(w, 2) for w in weights]}")


if __name__ == "__main__":
    asyncio.run(main())
