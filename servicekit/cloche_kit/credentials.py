"""Credentials that must not be, as soon as a component is reached over a network: none, well-known ones, short ones.

On loopback anything goes: nobody else reaches it, and `cloche up` makes its own.
"""

import os
import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import SecretStr

from cloche_kit.settings import ObjectSettings, PostgresSettings, ServiceSettings

LEAST_LENGTH = 16
LEAST_DIFFERENT = 6
#: What has to be left of one when every well-known word is taken out of it.
LEAST_OWN = 10
_WELL_KNOWN = re.compile(
    "admin|change[-_ ]?me|cloche|default|example|letmein|minio|nats|passw[o0]rd|postgres|qwerty|secret|test"
    "|0?123456789|abcdef|[^a-z0-9]+",
    re.IGNORECASE,
)
Found = Iterator[tuple[str, str]]


def weakness(credential: str, user: str = "") -> str | None:
    """Why somebody could guess it; None if nobody could. `user` is the name that it belongs to."""
    if not credential:
        return "is missing"
    if len(credential) < LEAST_LENGTH:
        return f"has fewer than {LEAST_LENGTH} characters"
    if user and credential.lower() == user.lower():
        return "is the user's name"
    own = _WELL_KNOWN.sub("", credential)
    if len(set(credential)) < LEAST_DIFFERENT or len(own) < LEAST_OWN:
        return "is one that anybody would try"
    return None


def is_local(host: str | None) -> bool:
    """Whether only this machine is reached under that name; a socket in the file system has none."""
    if not host or host.startswith("/") or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def wrong_credentials(settings: ServiceSettings) -> Found:
    """Pairs of a setting and what is wrong with it. Never the credential itself."""
    yield from _nats(settings)
    if isinstance(settings, ObjectSettings):
        yield from _objects(settings)
    if isinstance(settings, PostgresSettings):
        yield from _postgres(settings)


def _nats(settings: ServiceSettings) -> Found:
    addresses = [
        urlsplit(url if "://" in url else f"nats://{url}")
        for url in map(str.strip, settings.nats_url.split(","))
    ]
    if all(is_local(address.hostname) for address in addresses):
        return
    if any(address.password for address in addresses):
        # It would be in every list of the process's environment and in the log of whoever prints the address.
        yield (
            "CLOCHE_NATS_URL",
            "has a password in it: use CLOCHE_NATS_USER and CLOCHE_NATS_PASSWORD",
        )
    if not settings.nats_user:
        yield "CLOCHE_NATS_USER", "is missing, and CLOCHE_NATS_URL is not on this machine"
    if why := weakness(_open(settings.nats_password), settings.nats_user or ""):
        yield "CLOCHE_NATS_PASSWORD", f"{why}, and CLOCHE_NATS_URL is not on this machine"


def _objects(settings: ObjectSettings) -> Found:
    key, secret = settings.s3_access_key, _open(settings.s3_secret_key)
    if bool(key) != bool(secret):
        # Neither means that the store's own ways are used, such as the role of a machine.
        missing = "SECRET" if key else "ACCESS"
        yield f"CLOCHE_S3_{missing}_KEY", "is missing, while its other half is there"
    elif (
        secret
        and not is_local(urlsplit(settings.s3_endpoint).hostname)
        and (why := weakness(secret, key))
    ):
        yield "CLOCHE_S3_SECRET_KEY", f"{why}, and CLOCHE_S3_ENDPOINT is not on this machine"


def _postgres(settings: PostgresSettings) -> Found:
    try:
        address = urlsplit(_open(settings.postgres_dsn))
        host, user, password = address.hostname, address.username, address.password
    except ValueError:
        yield "CLOCHE_POSTGRES_DSN", "is no address of a database"
        return
    if is_local(host):
        return
    elsewhere = {"PGPASSWORD", "PGPASSFILE"} & os.environ.keys() or "passfile" in parse_qs(
        address.query
    )
    if password is None and elsewhere:
        return
    if why := weakness(unquote(password or ""), unquote(user or "")):
        yield "CLOCHE_POSTGRES_DSN", f"its password {why}, and its host is not this machine"


def _open(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value()
