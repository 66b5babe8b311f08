"""Making images: by whatever works here, for whichever engine wants them."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import docker.errors
import requests
from docker import APIClient
from msgspec import Struct

from cloche_executor.engines import docker_image
from cloche_executor.images.catalogue import CataloguedImage
from cloche_executor.images.packages import can_make, make_tarball
from cloche_executor.images.rootfs import lay_out
from cloche_executor.images.workplace import scratch, sweep
from cloche_executor.sandbox import ImageMissing

Target = Literal["docker", "bubblewrap"]
TARGETS: tuple[Target, ...] = ("docker", "bubblewrap")
#: The image, and a line about it.
Say = Callable[[str, str], None]


class Made(Struct, frozen=True):
    """What became of one image for one engine. `problem` is empty where it is there."""

    image: str
    target: Target
    problem: str = ""


class Workshop:
    """Makes images in `folder` and for the daemon behind `api`, if there is one."""

    def __init__(self, folder: Path, api: APIClient | None, say: Say) -> None:
        self._folder = folder
        self._api = api
        self._say = say

    def make_all(
        self, images: Sequence[CataloguedImage], targets: Sequence[Target], *, at_once: int
    ) -> list[Made]:
        """Every image for every target, in the order given; one that fails keeps no other back."""
        sweep(self._folder)
        with ThreadPoolExecutor(at_once, thread_name_prefix="images") as threads:
            return [
                made
                for each in threads.map(lambda i: self._make(i, targets), images)
                for made in each
            ]

    def _make(self, image: CataloguedImage, targets: Sequence[Target]) -> list[Made]:
        ways = {"docker": self.for_docker, "bubblewrap": self.for_bubblewrap}
        results: list[Made] = []
        for target in targets:
            try:
                ways[target](image)
            except ImageMissing as error:
                results.append(Made(image.name, target, str(error)))
            except (docker.errors.DockerException, requests.RequestException) as error:
                problem = f"the Docker daemon does not answer: {error}"
                results.append(Made(image.name, target, problem))
            else:
                self._say(image.name, f"is there for {target}")
                results.append(Made(image.name, target))
        return results

    def for_docker(self, image: CataloguedImage) -> None:
        """Into the daemon: what an archive holds, else pulled or built, else made from packages. `ImageMissing`."""
        api = self._daemon()
        if docker_image.find(api, image) is not None:
            return
        tarball = image.tarball(self._folder)
        if not tarball.is_file():
            try:
                self._say(image.name, "pulling" if image.foreign else "building with Docker")
                docker_image.obtain(api, image, self._sayer(image))
            except ImageMissing as error:
                if image.foreign:
                    raise
                self._say(image.name, f"{error}; making it from Debian packages")
                try:
                    make_tarball(image, self._folder, self._sayer(image))
                except ImageMissing as second:
                    raise ImageMissing(f"{error}; {second}") from second
            else:
                return
        self._say(image.name, "importing into Docker")
        docker_image.take_in(api, image, tarball)

    def for_bubblewrap(self, image: CataloguedImage) -> None:
        """As a folder: of an archive, else of one made from packages, else of the daemon's image. `ImageMissing`."""
        if image.rootfs(self._folder).is_dir():
            return
        problem = ""
        if not image.foreign and (can_make() or image.tarball(self._folder).is_file()):
            try:
                tarball = make_tarball(image, self._folder, self._sayer(image))
            except ImageMissing as error:
                problem = f"{error}; "
            else:
                self._say(image.name, "unpacking")
                lay_out(image, self._folder, tarball)
                return
        try:
            self.for_docker(image)
        except ImageMissing as error:
            raise ImageMissing(f"{problem}{error}") from error
        self._say(image.name, "exporting from Docker")
        with scratch(self._folder, image.key) as place:
            docker_image.give_out(self._daemon(), image, place / "image.tar")
            lay_out(image, self._folder, place / "image.tar")

    def _daemon(self) -> APIClient:
        if self._api is None:
            raise ImageMissing("no Docker daemon answers")
        return self._api

    def _sayer(self, image: CataloguedImage) -> Callable[[str], None]:
        return lambda line: self._say(image.name, line)
