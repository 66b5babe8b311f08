"""A fixture for tests that need a Cloche: `cloche_local`, one system for the whole run.

    def test_it_prints(cloche_local):
        with cloche_local.client() as client:
            assert client.run(SubmitEvaluation(code="print(42)")).outcome == "succeeded"

It is the one of ``CLOCHE_URL``, else the one that `cloche up` runs in this folder or above, else a new one in a
temporary folder, which ends with the run; with ``--cloche-fresh`` it is always a new one. Where none can be started
because the package cloche-local is not installed, the tests that ask for it are skipped and say so. With pytest-xdist
each worker has one of its own, unless one is found.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec import Struct

from cloche.discovery import Target, find
from cloche.errors import NothingRunning

if TYPE_CHECKING:
    from cloche.async_client import AsyncClient
    from cloche.client import Client

STOP_SECONDS = 60.0
UP = (sys.executable, "-P", "-m", "cloche", "up", "--ephemeral", "--json", "--port", "0")


class LocalCloche(Struct, frozen=True):
    """A running system. `found`: it was there before, so others may use it as well."""

    url: str
    api_key: str
    found: bool
    sign: bool = False

    def client(self) -> "Client":
        """A new client, to be closed by whoever asks for it."""
        from cloche.client import Client  # noqa: PLC0415 - not for every run of pytest

        return Client(self.url, self.api_key, sign=self.sign)

    def async_client(self) -> "AsyncClient":
        """The same for asyncio."""
        from cloche.async_client import AsyncClient  # noqa: PLC0415

        return AsyncClient(self.url, self.api_key, sign=self.sign)

    def environment(self) -> dict[str, str]:
        """What leads a `cloche` command, or a client's `local`, to it."""
        signs = {"CLOCHE_SIGN": "1"} if self.sign else {}
        return {"CLOCHE_URL": self.url, "CLOCHE_API_KEY": self.api_key, **signs}


class DidNotStart(Exception):  # noqa: N818 - it says what is the case
    """No system came up."""


@contextmanager
def started(command: Sequence[str] = UP) -> Iterator[Target]:
    """A system of its own while inside: `command` prints the banner as JSON, and ends in order at SIGTERM."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            yield _target_of(process.stdout.readline(), command)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            finally:
                process.kill()


def _target_of(banner: bytes, command: Sequence[str]) -> Target:
    try:
        return msgspec.json.decode(banner, type=Target)
    except msgspec.DecodeError:
        raise DidNotStart(f"{' '.join(command)} started no system; it says why above") from None


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("cloche")
    group.addoption(
        "--cloche-fresh",
        action="store_true",
        help="start a new Cloche for the fixture cloche_local, even if one runs",
    )


@pytest.fixture(scope="session")
def cloche_local(pytestconfig: pytest.Config) -> Iterator[LocalCloche]:
    """A running Cloche: the one that is found, else a new one for this run."""
    target: Target | None = None
    if not pytestconfig.getoption("--cloche-fresh"):
        try:
            target = find()
        except NothingRunning:
            target = None
    if target is not None:
        yield LocalCloche(target.url, target.api_key, found=True, sign=target.sign)
    elif find_spec("cloche_local") is None:
        pytest.skip("no Cloche runs, and cloche-local, which starts one, is not installed")
    else:
        with started() as fresh:
            yield LocalCloche(fresh.url, fresh.api_key, found=False)
