"""Rates of keys and tenants as people write and read them: ``read=100/min,20``."""

import re

import msgspec
from cloche_schemas.rates import RATE_CLASSES, Rates, SetRates
from msgspec import UNSET, UnsetType

from cloche.commands.quantities import BadWord

#: So many minutes has a unit of time, or so many of it has a minute.
_IN_A_MINUTE = {"s": 60.0, "sec": 60.0, "m": 1.0, "min": 1.0, "h": 1 / 60}
_RATE = re.compile(r"(\w+)=(\d+)/(\w+)(?:,(\d+))?")
DEFAULT = "default"


def rates(words: list[str]) -> SetRates:
    """What several ``--rate CLASS=UNITS/min[,BURST]`` say together; also ``/s`` and ``/h``."""
    asked: dict[str, dict[str, int]] = {}
    for word in words:
        match = _RATE.fullmatch(word.strip())
        if match is None or match[1] not in RATE_CLASSES or match[3] not in _IN_A_MINUTE:
            classes = ", ".join(RATE_CLASSES)
            raise BadWord(
                f"{word!r} is no rate: write read=100/min or read=100/min,20; there are {classes}"
            )
        per_minute = int(match[2]) * _IN_A_MINUTE[match[3]]
        if per_minute != round(per_minute):
            raise BadWord(f"{word!r} is no whole number of units a minute")
        asked[match[1]] = {"per_minute": round(per_minute)}
        if match[4] is not None:
            asked[match[1]]["burst"] = int(match[4])
    try:
        return msgspec.convert(asked, SetRates)
    except msgspec.ValidationError as error:
        raise BadWord(f"--rate: {error}") from None


def change(words: list[str] | None) -> SetRates | UnsetType | None:
    """The same for a change: nothing said is no change, ``default`` alone gives back what holds without them."""
    if not words:
        return UNSET
    return None if words == [DEFAULT] else rates(words)


def words_of(given: Rates | UnsetType) -> list[str]:
    """As they are written."""
    if given is UNSET:
        return []
    found = ((name, given.of(name)) for name in RATE_CLASSES)
    return [
        f"{name}={rate.per_minute}/min" + ("" if rate.burst is None else f",{rate.burst}")
        for name, rate in found
        if rate is not None
    ]
