"""Write the API's description into ``schemas/generated/openapi.json``, for those who make clients of it.

python -m cloche_gateway.openapi_file            write
python -m cloche_gateway.openapi_file --check    exit 1 if the file is not what would be written
"""

import asyncio
import sys
from pathlib import Path

from cloche_kit.log import EventLog
from cloche_kit.memory import MemoryBus
from cloche_kit.objects import MemoryObjects
from cloche_kit.telemetry import configure
from cloche_schemas.generate import GENERATED, OPENAPI, Document, render

from cloche_gateway.app import assemble, create_app
from cloche_gateway.deps import Deps
from cloche_gateway.memory_read_models import MemoryReadModels
from cloche_gateway.settings import GatewaySettings


def path() -> Path:
    """Where the description lies."""
    return GENERATED / OPENAPI


async def document() -> Document:
    """As a gateway answers it at ``/openapi.json``. Nothing outside of the process is asked."""
    bus, telemetry = MemoryBus(), configure("gateway", instance="openapi")
    deps = Deps(
        bus=bus,
        access=MemoryBus(),
        schedules=MemoryBus(),
        log=EventLog(bus, telemetry, instance="openapi"),
        telemetry=telemetry,
        objects=MemoryObjects(),
        read_models=MemoryReadModels(),
    )
    settings = GatewaySettings.model_validate({"api_key": "of-nobody-at-all"})
    app = create_app(assemble(deps, settings, asyncio.Event()))
    return dict(app.openapi())


def main(arguments: list[str]) -> int:
    wanted, file = render(asyncio.run(document())), path()
    if arguments == ["--check"]:
        if file.is_file() and file.read_text() == wanted:
            return 0
        sys.stderr.write(f"schemas/generated/{OPENAPI} is not what `make generate` writes\n")
        return 1
    file.parent.mkdir(exist_ok=True)
    file.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
