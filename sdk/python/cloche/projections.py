"""The part of the client that is about projections: ``client.projections``. For administrators."""

from urllib.parse import quote

from cloche_schemas.projections import (
    ProjectionList,
    ProjectionView,
    RebuildProjection,
    SwapWhen,
)

from cloche.dead_letters import Ask

_PATH = "/v1/projections"
READ_MODELS = "read-models"


class Projections:
    """The rows that everybody reads, made from the log. Every method may raise `ClocheError`s.

    What is asked for is done by a projector, after the answer: `get` says how far it is.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def list(self) -> ProjectionList:
        """Every projection."""
        return self._ask("GET", _PATH, ProjectionList)

    def get(self, name: str = READ_MODELS) -> ProjectionView:
        """One, as it is now."""
        return self._ask("GET", _path(name), ProjectionView)

    def rebuild(self, name: str = READ_MODELS, *, swap: SwapWhen = "auto") -> ProjectionView:
        """Make it anew beside itself, compare, and swap. `Conflict` while something is done with it."""
        wish = RebuildProjection(swap=swap)
        return self._ask("POST", f"{_path(name)}/rebuild", ProjectionView, body=wish)

    def swap(self, name: str = READ_MODELS) -> ProjectionView:
        """Put what was made anew in its place. `Conflict` if nothing waits for it."""
        return self._ask("POST", f"{_path(name)}/swap", ProjectionView)

    def rollback(self, name: str = READ_MODELS) -> ProjectionView:
        """Go back to what was there before the last swap. `Conflict` if there is nothing."""
        return self._ask("POST", f"{_path(name)}/rollback", ProjectionView)

    def abort(self, name: str = READ_MODELS) -> ProjectionView:
        """Give up what is being done. `Conflict` if nothing is."""
        return self._ask("POST", f"{_path(name)}/abort", ProjectionView)


def _path(name: str) -> str:
    return f"{_PATH}/{quote(name, safe='')}"
