"""`cloche archive public-key`: the public half of the key that is derived from a secret (``CLOCHE_SIGNING_SECRET``)."""

import sys

from cloche_kit.archive.signing import BadKey, Signer

from cloche_storage.commands.store import USAGE, say


def public_key() -> int:
    """Read the secret from standard input, and write the public key (PEM) that `verify` takes.

    A command's words are in the histories of shells and in lists of processes; so the secret is none of them.
    """
    secret = sys.stdin.read().strip()
    try:
        signer = Signer.derived(secret)
    except BadKey as error:
        say(f"cloche: {error}")
        return USAGE
    sys.stdout.write(signer.public_pem.decode())
    return 0
