"""`cloche login` and `logout`: systems that the command knows by name, with a key to each."""

import os
import sys
from getpass import getpass
from urllib.parse import urlsplit

from cloche import profiles
from cloche.choices import current
from cloche.client import Client
from cloche.commands.quantities import BadWord
from cloche.complaints import USAGE, note, say
from cloche.discovery import URL_VARIABLE
from cloche.profiles import Profile

DEFAULT = "default"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def login(url: str | None = None, /) -> int:
    """Try a key on a system, and keep both as a profile that is used from now on.

    The key is asked for, or read from standard input where that is no terminal; it is no option, so that it stands in
    no history and no list of processes. --profile NAME keeps several beside each other; without, it is called default.
    With --sign the key signs requests from now on and is sent with none; keys that require signatures need it.

    Parameters
    ----------
    url:
        Where the API is; asked for if it is left out.
    """
    name = current().profile or DEFAULT
    try:
        address = (url or _asked("Address of the API: ")).strip().rstrip("/")
        key = _key()
    except BadWord as error:
        say(f"cloche: {error}")
        return USAGE
    # Before anything is sent: a name that cannot be one is no reason to hand out a key.
    sign = current().sign
    known = profiles.read().saved(name, Profile(url=address, api_key=key, sign=sign))
    parts = urlsplit(address)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK and not sign:
        say(f"careful: {address} is not encrypted, whoever is on the way reads the key")
    with Client(address, key, sign=sign) as client:
        about = client.about()
    profiles.write(known)
    note(f"profile {name}: key {about.key} of tenant {about.tenant}, role {about.role}")
    note(f"server {about.version} at {address}; kept in {profiles.place()}")
    if os.environ.get(URL_VARIABLE):
        say(f"{URL_VARIABLE} is set here and wins over it: unset {URL_VARIABLE}")
    return 0


def logout() -> int:
    """Forget a profile: the one of --profile, else the current one. The key itself stays good: cloche keys revoke."""
    known = profiles.read()
    name = current().profile or known.current
    if name is None:
        say("cloche: there is no current profile; cloche profiles ls shows which there are")
        return USAGE
    profiles.write(known.without(name))
    note(f"profile {name} is forgotten")
    return 0


def _asked(words: str) -> str:
    if current().no_input or not sys.stdin.isatty():
        raise BadWord("name the address of the API: cloche login URL")
    sys.stderr.write(words)
    sys.stderr.flush()
    return sys.stdin.readline()


def _key() -> str:
    if sys.stdin.isatty():
        if current().no_input:
            raise BadWord("nobody may be asked for the key: pipe it in")
        key = getpass("API key: ", stream=sys.stderr)
    else:
        key = sys.stdin.readline()
    if not (key := key.strip()):
        raise BadWord("there is no key on standard input")
    return key
