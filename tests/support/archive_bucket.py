"""An archive that the real service has made, in a bucket of a real store."""

import asyncio
from pathlib import Path

from cloche_kit.archive.index import Manifest
from cloche_kit.archive.signing import new_pair
from cloche_kit.bus import Stored
from cloche_kit.objects import MemoryObjects
from cloche_kit.s3 import open_objects
from cloche_kit.settings import ObjectSettings
from support.archive import World
from support.recorded import address_of, story
from support.tampering import Stolen
from support.waiting import wait_until

OTHER = address_of(3, "other")


class Written:
    """An archive in a bucket of its own. `log`: what went into it; `public`: a file with the key's public half."""

    def __init__(self, settings: ObjectSettings, folder: Path) -> None:
        private, public = new_pair()
        self.settings = settings
        self.public = folder / "public"
        self.key = folder / "key"
        self.key.write_bytes(private)
        self.public.write_bytes(public)
        self.memory, self.manifest, self.log = asyncio.run(self._made())

    async def _made(self) -> tuple[MemoryObjects, Manifest, list[Stored]]:
        world = World()
        for address in (address_of(1), address_of(2), OTHER):
            await world.append(address, *story(("stdout", b"x")))

        async def announced() -> object:
            return await world.announced(OTHER)

        async with world.storage(segment_bytes=1500, signing_key_file=self.key):
            await wait_until(announced)
            await wait_until(world.caught_up())
        return world.objects, await world.manifest(), await world.everything()

    def upload(self, objects: MemoryObjects) -> None:
        """Make the bucket hold exactly this."""

        async def replaced() -> None:
            async with open_objects(self.settings) as bucket:
                async for info in bucket.list(""):
                    await bucket.delete(info.key)
                for key, (_, data) in objects._objects.items():
                    await bucket.put(key, data)

        asyncio.run(replaced())

    def stolen(self) -> Stolen:
        return Stolen(self.memory, self.manifest)
