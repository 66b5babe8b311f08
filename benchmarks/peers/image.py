"""The peers' image: ours, with the entrypoint that tako-vm asks for. Made by the daemon without a network."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from docker.errors import DockerException

from benchmarks.containers import daemon
from benchmarks.frame import Missing

RECIPE = Path(__file__).with_name("image")
#: The job type of tako-vm whose image it is: under this name it needs no look at other candidates for each job.
JOB_TYPE = "cloche-bench"
NAME = f"tako-vm-{JOB_TYPE}:latest"


@asynccontextmanager
async def made_from(base: str) -> AsyncIterator[str]:
    """The image while inside; `base` is the image of our sandboxes. `Missing` if it cannot be made."""
    await asyncio.to_thread(_make, base)
    try:
        yield NAME
    finally:
        await asyncio.to_thread(_remove)


def _make(base: str) -> None:
    with daemon() as api:
        try:
            lines = api.build(
                path=str(RECIPE),
                tag=NAME,
                buildargs={"BASE": base},
                network_mode="none",
                rm=True,
                forcerm=True,
                decode=True,
            )
            errors = [str(line["error"]).strip() for line in lines if "error" in line]
        except DockerException as error:
            raise Missing(f"the peers' image cannot be made: {error}") from error
    if errors:
        raise Missing(f"the peers' image cannot be made: {errors[0]}")


def _remove() -> None:
    with daemon() as api:
        api.remove_image(NAME, force=True)
