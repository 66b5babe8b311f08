"""Which images there are: their recipes, and the names that follow from them."""

import hashlib
import os
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec
from cloche_schemas.languages import LANGUAGES
from msgspec import Struct

from cloche_executor.sandbox import ImageMissing

#: images.toml, and the two ways to make an image of it.
RECIPES = files("cloche_executor.images").joinpath("recipes")
DOCKERFILE = "Dockerfile"
SCRIPT = "recipe.sh"
DIGEST_LENGTH = 16


class BadImages(ValueError):  # noqa: N818
    """A setting or the table of recipes does not say what it must."""


class Recipe(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes into an image: Debian packages, then lines of shell that root runs in it."""

    packages: tuple[str, ...]
    steps: tuple[str, ...] = ()

    @property
    def script(self) -> str:
        """The steps as one program; one that does nothing where there are none."""
        return "\n".join(self.steps) or "true"


class CataloguedImage(Struct, frozen=True, kw_only=True):
    """One image. `digest` is of its recipe, else of the foreign reference; it changes whenever the image should."""

    name: str
    digest: str
    reference: str
    recipe: Recipe | None = None

    @property
    def foreign(self) -> bool:
        """Whether somebody else makes it: it is pulled and never built."""
        return self.recipe is None

    @property
    def key(self) -> str:
        """A name for its files."""
        return f"{self.name}-{self.digest}"

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(name for name, entry in LANGUAGES.items() if entry.image == self.name)

    def rootfs(self, folder: Path) -> Path:
        """Where its root file system lies below the images' folder, once it has been exported."""
        return folder / self.key / "rootfs"

    def tarball(self, folder: Path) -> Path:
        """Where it lies as an archive, once it has been made from packages."""
        return folder / f"{self.key}.tar"


class Catalogue(Mapping[str, CataloguedImage]):
    """The images by name. A name that is not there is `ImageMissing`."""

    def __init__(self, images: Mapping[str, CataloguedImage]) -> None:
        self._images = dict(images)

    def __getitem__(self, name: str) -> CataloguedImage:
        try:
            return self._images[name]
        except KeyError:
            raise ImageMissing(f"there is no image {name}: there is {', '.join(self)}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._images

    def __iter__(self) -> Iterator[str]:
        return iter(self._images)

    def __len__(self) -> int:
        return len(self._images)


def catalogue(
    overrides: Mapping[str, str] | None = None, recipes: Traversable = RECIPES
) -> Catalogue:
    """Every image of the recipes; those in `overrides` by the reference given there. `BadImages`."""
    found = {name: _ours(name, recipe, recipes) for name, recipe in _table(recipes).items()}
    for name, reference in (overrides or {}).items():
        for each in found if name == "*" else (name,):
            if each not in found:
                raise BadImages(f"there is no image {each}: there is {', '.join(found)}")
            digest = hashlib.sha256(reference.encode()).hexdigest()[:DIGEST_LENGTH]
            found[each] = CataloguedImage(name=each, digest=digest, reference=reference)
    return Catalogue(found)


def overridden(setting: str | None) -> dict[str, str]:
    """What CLOCHE_SANDBOX_IMAGE says: ``python=my/python:3,node=my/node``, or one reference for every image."""
    words = [word.strip() for word in (setting or "").split(",") if word.strip()]
    pairs = [word.partition("=") for word in words]
    if len(pairs) == 1 and not pairs[0][1]:
        return {"*": words[0]}
    if wrong := [
        word
        for word, (name, _, reference) in zip(words, pairs, strict=True)
        if not (name and reference)
    ]:
        raise BadImages(f"{wrong[0]!r} is no name=reference")
    return {name.strip(): reference.strip() for name, _, reference in pairs}


def images_folder(setting: Path | None = None) -> Path:
    """Where images lie on this machine: the setting, $CLOCHE_IMAGES_DIR, or the usual place of this user."""
    if setting is not None:
        return setting
    if named := os.environ.get("CLOCHE_IMAGES_DIR"):
        return Path(named)
    if os.geteuid() == 0:
        return Path("/var/lib/cloche/images")
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "cloche/images"


def _ours(name: str, recipe: Recipe, recipes: Traversable) -> CataloguedImage:
    digest = hashlib.sha256(msgspec.json.encode(recipe, order="sorted"))
    for file in (DOCKERFILE, SCRIPT):
        digest.update(b"\0" + recipes.joinpath(file).read_bytes())
    short = digest.hexdigest()[:DIGEST_LENGTH]
    return CataloguedImage(
        name=name, digest=short, reference=f"cloche-{name}:{short}", recipe=recipe
    )


def _table(recipes: Traversable) -> dict[str, Recipe]:
    text = recipes.joinpath("images.toml").read_text(encoding="utf-8")
    try:
        return msgspec.convert(tomllib.loads(text), dict[str, Recipe])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadImages(f"images.toml: {error}") from error
