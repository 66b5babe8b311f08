"""A copy of an image that a test may take away from the daemon without anybody else's missing it."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import docker.errors
from cloche_executor.images.catalogue import catalogue
from support.docker import client


class ImageCopy:
    """The image `name` of the registry once more: same files, another digest and another reference."""

    def __init__(self, name: str) -> None:
        self.reference = f"cloche-test-{uuid.uuid4()}:1"
        self._original = catalogue()[name].reference

    def make(self) -> None:
        api = client()
        repository, _, tag = self.reference.rpartition(":")
        try:
            made = api.create_container(self._original, command=["/bin/sh"], network_disabled=True)
            try:
                api.commit(made["Id"], repository=repository, tag=tag)
            finally:
                api.remove_container(made["Id"], force=True, v=True)
        finally:
            api.close()

    def remove(self) -> None:
        """Harmless when it is not there."""
        api = client()
        try:
            api.remove_image(self.reference, force=True)
        except docker.errors.ImageNotFound:
            return
        finally:
            api.close()


@contextmanager
def copy_of(name: str) -> Iterator[ImageCopy]:
    """A copy that is there at the beginning and gone at the end."""
    copy = ImageCopy(name)
    copy.make()
    try:
        yield copy
    finally:
        copy.remove()
