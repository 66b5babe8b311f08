"""The client of a command: for the system that was chosen, or one that prints what it would send."""

from cloche.choices import current
from cloche.client import Client
from cloche.discovery import resolve
from cloche.retries import Retries

_USUAL = Retries()


def connect(retries: Retries = _USUAL) -> Client:
    """As `--profile`, the environment, the profiles and the folders above say, in this order."""
    choices = current()
    target = resolve(choices.profile)
    transport = None
    if choices.curl:
        from cloche.curl import Shown  # noqa: PLC0415 - hardly ever

        transport = Shown()
    sign = choices.sign or target.sign
    return Client(target.url, target.api_key, transport=transport, retries=retries, sign=sign)
