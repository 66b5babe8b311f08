"""The part of Docker's SDK that images need, without a daemon."""

import io
import tarfile
from collections.abc import Iterator
from typing import Any

import docker.errors


class FakeDocker:
    """`images`: those that it has. `makes`: what it says when it builds or pulls; then it has it."""

    def __init__(self, *makes: dict[str, str], images: tuple[str, ...] = ()) -> None:
        self.images = set(images)
        self.makes = makes
        self.asked: list[str] = []
        self.built_with: dict[str, str] = {}
        self.takes = True

    def inspect_image(self, name: str) -> dict[str, Any]:
        if name not in self.images:
            raise docker.errors.ImageNotFound(name)
        return {"Id": f"sha256:{name}", "Size": 1 << 20}

    def build(self, *, tag: str, buildargs: dict[str, str], **_: Any) -> Iterator[dict[str, str]]:
        self.asked.append(f"build {tag}")
        self.built_with = buildargs
        return self._make(tag)

    def pull(self, repository: str, tag: str | None, **_: Any) -> Iterator[dict[str, str]]:
        self.asked.append(f"pull {repository} {tag}")
        return self._make(
            repository if tag is None else f"{repository}:{tag}".removesuffix(":latest")
        )

    def import_image(self, *, src: str, repository: str, tag: str) -> str:
        self.asked.append(f"import {repository}:{tag}")
        if self.takes:
            self.images.add(f"{repository}:{tag}")
        return "no space" if not self.takes else "sha256:1"

    def create_container(self, image: str, **_: Any) -> dict[str, str]:
        self.asked.append(f"create {image}")
        return {"Id": "c1"}

    def export(self, container: str, **_: Any) -> Iterator[bytes]:
        self.asked.append(f"export {container}")
        yield archive({"bin/sh": b"#!"})

    def remove_container(self, container: str, **_: Any) -> None:
        self.asked.append(f"remove {container}")

    def _make(self, name: str) -> Iterator[dict[str, str]]:
        for line in self.makes:
            if "error" not in line:
                self.images.add(name)
            yield line


def archive(files: dict[str, bytes], modes: dict[str, int] | None = None) -> bytes:
    """A tar of these files, as root may have made it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as writing:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = (modes or {}).get(name, 0o600)
            writing.addfile(member, io.BytesIO(content))
    return packed.getvalue()
