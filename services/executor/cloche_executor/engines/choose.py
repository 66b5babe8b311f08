"""Which engines this executor has: every one that really runs programs here, strongest first."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from cloche_kit.logs import get_logger
from cloche_schemas.values import ENGINES_BY_STRENGTH, EngineChoice
from cloche_schemas.values import Engine as EngineName
from msgspec import Struct

from cloche_executor.engines.bubblewrap_opening import open_on_bubblewrap
from cloche_executor.engines.docker_opening import open_on_docker
from cloche_executor.engines.probing import probe
from cloche_executor.images.catalogue import Catalogue, catalogue, overridden
from cloche_executor.sandbox import Engine, EngineUnavailable, SandboxError

_log = get_logger(__name__)


class Wanted(Struct, frozen=True, kw_only=True):
    """What the settings say about the engines.

    `engine` names the only one to open, or is auto. `require` is the weakest that may be opened. `image` is what
    CLOCHE_SANDBOX_IMAGE says.
    """

    engine: EngineChoice = "auto"
    require: EngineName | None = None
    image: str | None = None
    slots: int = 2
    installation: str
    executor: str = "executor"

    @property
    def images(self) -> Catalogue:
        return catalogue(overridden(self.image))


class Choice(Struct, frozen=True):
    """The engines that work, strongest first, and why the others were not opened."""

    engines: tuple[Engine, ...]
    refused: tuple[tuple[EngineName, str], ...] = ()


async def choose(wanted: Wanted) -> Choice:
    """The engines to work with. `EngineUnavailable` if none that `wanted` allows works, with the reason of each."""
    openers: dict[EngineName, Callable[[Wanted], Awaitable[Engine]]] = {
        "gvisor": open_gvisor,
        "docker": open_docker,
        "bubblewrap": open_bubblewrap,
    }
    engines: list[Engine] = []
    refused: list[tuple[EngineName, str]] = []
    try:
        for name in ENGINES_BY_STRENGTH:
            if wanted.engine not in {"auto", name}:
                continue
            if _weaker(name, wanted.require):
                refused.append((name, f"weaker than {wanted.require}, which is required"))
                continue
            try:
                engines.append(await openers[name](wanted))
            except SandboxError as error:
                refused.append((name, str(error)))
                _log.info("engine_refused", engine=name, reason=str(error))
    except BaseException:
        await asyncio.gather(*(engine.close() for engine in engines))
        raise
    if not engines:
        raise EngineUnavailable("; ".join(f"{name}: {reason}" for name, reason in refused))
    return Choice(tuple(engines), tuple(refused))


async def open_gvisor(wanted: Wanted) -> Engine:
    """The engine over a Docker daemon with gVisor's runtime."""
    return await _open_on_docker("gvisor", wanted)


async def open_docker(wanted: Wanted) -> Engine:
    """The engine over a Docker daemon with its own runtime."""
    return await _open_on_docker("docker", wanted)


async def open_bubblewrap(wanted: Wanted) -> Engine:
    """The engine over the bubblewrap binary that comes with this package."""
    return await _probed(await open_on_bubblewrap(wanted.images), wanted)


async def _open_on_docker(kind: Literal["docker", "gvisor"], wanted: Wanted) -> Engine:
    engine = await open_on_docker(
        kind,
        wanted.images,
        installation=wanted.installation,
        executor=wanted.executor,
        slots=wanted.slots,
    )
    return await _probed(engine, wanted)


async def _probed(engine: Engine, wanted: Wanted) -> Engine:
    try:
        await probe(engine, wanted.installation)
    except BaseException:
        await engine.close()
        raise
    return engine


def _weaker(name: EngineName, required: EngineName | None) -> bool:
    strength = ENGINES_BY_STRENGTH.index
    return required is not None and strength(name) > strength(required)
