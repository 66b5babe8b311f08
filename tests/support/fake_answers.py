"""What the scripted gateway says word for word."""

from datetime import UTC, datetime

from cloche_schemas.codec import Stamp, encode
from cloche_schemas.events import EvaluationEvent, type_of
from cloche_schemas.subjects import Address
from cloche_schemas.views import LanguageList, LanguageView

ID = "01890000-0000-7000-8000-000000000001"
KEY = "a key of sixteen or more"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LANGUAGES = LanguageList(
    items=(
        LanguageView(name="python", image="python", suffixes=(".py", ".pyw"), compiled=False),
        LanguageView(name="c", image="gcc", suffixes=(".c",), compiled=True),
    ),
    images=("gcc", "python"),
)
ABOUT = {
    "name": "cloche",
    "version": "0.1.0",
    "tenant": "main",
    "key": "ci",
    "role": "user",
    "scopes": ["read", "write"],
}
#: What is answered to whoever asks for it, whatever happened.
ALWAYS: dict[str, object] = {
    "/v1": ABOUT,
    "/v1/languages": LANGUAGES,
    "/readyz": {"status": "ok", "checks": {"log": True, "keys": True}, "alarm": None},
}


def frame(number: int, event: EvaluationEvent) -> bytes:
    """An event as a frame, at place `number` of the log."""
    stamp = Stamp(
        id=str(number), source="/fake", address=Address("main", ID), time=NOON, sequence=number
    )
    name = type_of(event).split(".")[2]
    return b"id: e-%d\nevent: %s\ndata: %s\n\n" % (number, name.encode(), encode(event, stamp))
