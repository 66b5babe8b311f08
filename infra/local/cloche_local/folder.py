"""The data folder of a local system: its lock, its secrets, its state file.

``lock``          held (flock) by the supervisor as long as it lives; contains its pid
``format``        version of this layout
``secrets.json``  passwords and keys, made once
``archive.key``   what the archive's heads are signed with;  ``archive.pub``  what they are checked with
``state.json``    what runs, for the CLI and the SDK
``logs/ run/``    logs, port files;  ``nats/ postgres/ s3/``  what the servers keep
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from cloche.discovery import FOLDER, STATE_FILE, find_folder
from msgspec import Struct

from cloche_local.lifecycle import ComponentState
from cloche_local.process import ComponentError

FORMAT = "1"
MIN_FREE_BYTES = 512 << 20


class Secrets(Struct, frozen=True, kw_only=True):
    """Made at the first start and kept, so that keys handed out stay good."""

    api_key: str
    nats_password: str
    postgres_password: str
    s3_secret_key: str


class EngineState(Struct, frozen=True, kw_only=True):
    """The sandbox engine as the executor reports it."""

    engine: str
    runtime: str = ""
    strength: str = ""
    reason: str = ""
    enforced: tuple[str, ...] = ()
    shortfalls: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


class SystemState(Struct, frozen=True, kw_only=True):
    """The state file. `state` is ready when every component has become ready once."""

    state: str
    version: str
    pid: int
    data_dir: str
    url: str = ""
    docs_url: str = ""
    api_key: str = ""
    engine: EngineState | None = None
    components: tuple[ComponentState, ...] = ()


class Locked(ComponentError):  # noqa: N818 - it names the state
    """Another instance uses the folder."""

    def __init__(self, path: Path, pid: int | None) -> None:
        super().__init__(f"{path} is in use by process {pid or 'unknown'}")
        self.pid = pid


class DataFolder:
    """Paths and small files below one folder."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.logs = self.path / "logs"
        self.run = self.path / "run"

    @classmethod
    def chosen(cls, data_dir: Path | None) -> "DataFolder":
        """The one that was named, else the nearest ``.cloche`` from here upwards, else ``./.cloche``."""
        return cls(data_dir or find_folder(Path.cwd()) or Path.cwd() / FOLDER)

    def log(self, component: str) -> Path:
        return self.logs / f"{component}.log"

    def prepare(self) -> None:
        """Make the folder, or see that it is one that this version can use. ComponentError if not."""
        try:
            for folder in (self.path, self.logs, self.run):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.path / ".gitignore").write_text("*\n", encoding="ascii")
        except OSError as error:
            raise ComponentError(
                f"cannot write to {self.path}: {error.strerror}; choose another with --data-dir"
            ) from error
        format_ = self.path / "format"
        if not format_.exists():
            format_.write_text(FORMAT, encoding="ascii")
        elif (found := format_.read_text(encoding="ascii").strip()) != FORMAT:
            raise ComponentError(
                f"{self.path} has format {found}, this version of Cloche uses {FORMAT}: "
                "use another --data-dir, or cloche reset"
            )
        free = shutil.disk_usage(self.path).free
        if free < MIN_FREE_BYTES:
            raise ComponentError(
                f"the disk under {self.path} has {free >> 20} MiB left, "
                f"at least {MIN_FREE_BYTES >> 20} MiB are needed"
            )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder while inside. `Locked` if somebody else does."""
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Locked(self.path, self._holder()) from None
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def holder(self) -> int | None:
        """The process that holds the folder; None if nobody does."""
        try:
            with (self.path / "lock").open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            return self._holder()
        return None

    def _holder(self) -> int | None:
        try:
            return int((self.path / "lock").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def secrets(self) -> Secrets:
        """Those of this folder, made if there are none."""
        path = self.path / "secrets.json"
        if path.is_file():
            return msgspec.json.decode(path.read_bytes(), type=Secrets)
        made = Secrets(
            api_key=f"cloche_{secrets.token_urlsafe(24)}",
            nats_password=secrets.token_hex(24),
            postgres_password=secrets.token_hex(24),
            s3_secret_key=secrets.token_hex(24),
        )
        write_private(path, msgspec.json.encode(made))
        return made

    def signing_key(self) -> Path:
        """The private key of this folder's archive, made with its public key if there is none."""
        path = self.path / "archive.key"
        if not path.is_file():
            # Only a first start needs it, and it takes a while to import.
            from cloche_kit.archive.signing import new_pair  # noqa: PLC0415

            private, public = new_pair()
            write_private(self.public_key, public)
            write_private(path, private)
        return path

    @property
    def public_key(self) -> Path:
        """With it everybody can check what was signed."""
        return self.path / "archive.pub"

    def state(self) -> SystemState | None:
        """What the state file says, whether or not it still runs."""
        try:
            return msgspec.json.decode(
                (self.path / STATE_FILE).read_bytes(), type=SystemState, strict=False
            )
        except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
            return None

    def write_state(self, state: SystemState) -> None:
        write_private(
            self.path / STATE_FILE, msgspec.json.format(msgspec.json.encode(state), indent=2)
        )


def write_private(path: Path, data: bytes) -> None:
    """Replace a file in one step, readable by us only."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    temporary.replace(path)
