"""The part of the client that is about projections: ``client.projections``. For administrators."""

from cloche_schemas.projections import (
    ProjectionList,
    ProjectionView,
    RebuildProjection,
    SwapWhen,
)

from cloche.calls import ask, path
from cloche.operations import Awaiting, Blocking, operation
from cloche.steps import Call

READ_MODELS = "read-models"


class ProjectionCalls:
    """The rows that everybody reads, made from the log. Every method may raise `ClocheError`s.

    What is asked for is done by a projector, after the answer: `get` says how far it is.
    """

    @operation
    def list(self) -> Call[ProjectionList]:
        """Every projection."""
        return ask("GET", path("projections"), ProjectionList)

    @operation
    def get(self, name: str = READ_MODELS) -> Call[ProjectionView]:
        """One, as it is now."""
        return ask("GET", path("projections", name), ProjectionView)

    @operation
    def rebuild(self, name: str = READ_MODELS, *, swap: SwapWhen = "auto") -> Call[ProjectionView]:
        """Make it anew beside itself, compare, and swap. `Conflict` while something is done with it."""
        wish = RebuildProjection(swap=swap)
        return ask("POST", path("projections", name, "rebuild"), ProjectionView, body=wish)

    @operation
    def swap(self, name: str = READ_MODELS) -> Call[ProjectionView]:
        """Put what was made anew in its place. `Conflict` if nothing waits for it."""
        return ask("POST", path("projections", name, "swap"), ProjectionView)

    @operation
    def rollback(self, name: str = READ_MODELS) -> Call[ProjectionView]:
        """Go back to what was there before the last swap. `Conflict` if there is nothing."""
        return ask("POST", path("projections", name, "rollback"), ProjectionView)

    @operation
    def abort(self, name: str = READ_MODELS) -> Call[ProjectionView]:
        """Give up what is being done. `Conflict` if nothing is."""
        return ask("POST", path("projections", name, "abort"), ProjectionView)


class Projections(ProjectionCalls, Blocking):
    """``Client.projections``."""


class AsyncProjections(ProjectionCalls, Awaiting):
    """``AsyncClient.projections``."""
