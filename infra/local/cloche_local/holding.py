"""Being the process that owns a data folder and the system in it."""

import asyncio
import shutil

from msgspec import Struct

from cloche_local.births import Nursery
from cloche_local.folder import DataFolder
from cloche_local.ports import is_free, taken
from cloche_local.process import ComponentError
from cloche_local.reporter import Reporter


class Options(Struct, frozen=True, kw_only=True):
    """How a system is to be run: `remove` deletes the data folder at the end."""

    port: int | None = None
    verbose: bool = False
    demo: str | None = None
    remove: bool = False


def hold(folder: DataFolder, options: Options, reporter: Reporter) -> int:
    """Be the supervisor of the system in `folder`. `Locked` if there is one; ComponentError if it cannot be."""
    try:
        folder.prepare()
        with folder.locked():
            if options.port and not is_free(options.port):
                raise ComponentError(f"{taken(options.port)}; --port takes another")
            # First, because it takes longest: it imports while everything else is imported and started.
            nursery = Nursery(folder.log("nursery"))
            from cloche_local.supervisor import Supervisor  # noqa: PLC0415 - meanwhile, see above

            return asyncio.run(Supervisor(folder, options, reporter, nursery).run())
    finally:
        if options.remove:
            shutil.rmtree(folder.path, ignore_errors=True)
