"""Systems that the command knows by name: a file of ours alone, in the folder for configuration (XDG)."""

import os
import stat
from pathlib import Path

import msgspec
from msgspec import Struct

from cloche.errors import BadTarget

FILE = "profiles.json"
#: Stands for the system that `cloche up` runs in this folder, so no profile has this name.
LOCAL = "local"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Profile(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an API is, and a key to it. `sign`: the key signs requests and is sent with none."""

    url: str
    api_key: str
    sign: bool = False


class Profiles(Struct, frozen=True, kw_only=True):
    """Every profile by its name. `current`: the one that is used where none is named."""

    current: str | None = None
    profiles: dict[str, Profile] = {}

    def named(self, name: str) -> Profile:
        """`BadTarget` if there is none of this name."""
        if (profile := self.profiles.get(name)) is None:
            known = ", ".join(sorted(self.profiles)) or "there are none"
            raise BadTarget(
                f"there is no profile {name} ({known}): cloche login --profile {name} URL makes it"
            )
        return profile

    def saved(self, name: str, profile: Profile) -> "Profiles":
        """With one more, or another one of this name, which is current from now on."""
        if name == LOCAL or not name or not name.isprintable():
            raise BadTarget(f"{name!r} cannot be the name of a profile")
        return Profiles(current=name, profiles={**self.profiles, name: profile})

    def without(self, name: str) -> "Profiles":
        """`BadTarget` if there is none of this name."""
        self.named(name)
        left = {other: profile for other, profile in self.profiles.items() if other != name}
        return Profiles(current=None if self.current == name else self.current, profiles=left)

    def using(self, name: str) -> "Profiles":
        """With another one current; none at all for ``local``."""
        if name != LOCAL:
            self.named(name)
        return Profiles(current=None if name == LOCAL else name, profiles=self.profiles)


def place() -> Path:
    """The file, whether or not it is there. A relative ``XDG_CONFIG_HOME`` is ignored, as its specification asks."""
    home = os.environ.get("XDG_CONFIG_HOME", "")
    base = Path(home) if home.startswith("/") else Path.home() / ".config"
    return base / "cloche" / FILE


def read() -> Profiles:
    """What the file holds. `BadTarget` if it cannot be understood, or if others can read it: it holds keys."""
    path = place()
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & _OTHERS:
                raise BadTarget(f"others can read the keys in {path}: chmod 600 {path}")
            return msgspec.json.decode(file.read(), type=Profiles)
    except (FileNotFoundError, NotADirectoryError):
        return Profiles()
    except (OSError, msgspec.DecodeError) as error:
        raise BadTarget(f"{path} cannot be read: {error}") from error


def write(profiles: Profiles) -> None:
    """Replace the file in one step. From its first byte on nobody else can read it."""
    path = place()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(profiles), indent=2) + b"\n")
    fresh.replace(path)
