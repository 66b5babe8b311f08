"""What a bubblewrap sandbox sees as /: an image's exported root file system, else the host's own programs."""

from pathlib import Path

from cloche_schemas.languages import LANGUAGES
from msgspec import Struct

from cloche_executor.engines.bwrap_command import FOLDERS
from cloche_executor.handover import ENVIRONMENT
from cloche_executor.images.catalogue import Catalogue, CataloguedImage
from cloche_executor.sandbox import Image, ImageMissing

HOST = "host"
_BELOW = tuple(f"{folder}/" for folder in FOLDERS)


class Root(Struct, frozen=True):
    """`folder` None: the host's programs. `image` is how it is announced."""

    image: Image
    folder: Path | None


class Roots:
    """Finds root file systems. Safe to ask often: it looks at a few paths."""

    def __init__(self, catalogue: Catalogue, folder: Path, host: Path = Path("/")) -> None:
        self._catalogue = catalogue
        self._folder = folder
        self._host = host

    def find(self, name: str) -> Root:
        """The root file system of the image `name`. `ImageMissing`."""
        image = self._catalogue[name]
        exported = image.rootfs(self._folder)
        if exported.is_dir():
            return Root(Image(name=image.reference, digest=image.digest), exported)
        return Root(self._host_for(image), None)

    def program(self, word: str) -> Path | None:
        """Where the host has a program that sandboxes see under its name or path."""
        if "/" in word:
            return self._seen(word)
        places = ENVIRONMENT["PATH"].split(":")
        return next((p for place in places if (p := self._seen(f"{place}/{word}"))), None)

    def check(self, root: Root, word: str) -> None:
        """`ImageMissing` if the program `word` is the host's to have, and it has none."""
        if root.folder is None and not self._inside(word) and self.program(word) is None:
            raise ImageMissing(f"the image is not on this machine, which has no {word} of its own")

    def _host_for(self, image: CataloguedImage) -> Image:
        needed = {name: self._needed(name) for name in image.languages}
        lacking = {name: words for name, words in needed.items() if words}
        away = f"the image {image.reference} is not exported to {self._folder}"
        if not needed or len(lacking) == len(needed):
            words = sorted({word for words in lacking.values() for word in words})
            raise ImageMissing(
                f"{away}, and the host has no {' and no '.join(words) or 'stand-in'}"
            )
        also = "".join(f"; no {', '.join(words)} for {name}" for name, words in lacking.items())
        return Image(
            name=HOST, shortfall=f"{away}: the host's own programs stand in for it, unpinned{also}"
        )

    def _needed(self, language: str) -> list[str]:
        """Programs of a language that the host lacks."""
        entry = LANGUAGES[language]
        words = [
            word
            for command in (entry.compile, entry.run)
            for at, word in enumerate(command)
            if at == 0 or word.startswith("/")
        ]
        return [word for word in words if "{" not in word and self.program(word) is None]

    def _inside(self, word: str) -> bool:
        """Whether it is the submission's own file."""
        return "/" in word and not word.startswith(_BELOW)

    def _seen(self, path: str) -> Path | None:
        """A path of the host that is seen inside as well, and leads to something there."""
        if not path.startswith(_BELOW):
            return None
        found = (self._host / path.lstrip("/")).resolve()
        if not found.exists():
            return None
        allowed = any(
            found.is_relative_to((self._host / folder.lstrip("/")).resolve()) for folder in FOLDERS
        )
        return found if allowed else None
