"""The client's call about what is kept."""

from cloche_schemas.usage import UsageReport

from cloche.calls import ask, path, query
from cloche.operations import operation
from cloche.steps import Call


class UsageCalls:
    @operation
    def usage(self, *, everybody: bool = False) -> Call[UsageReport]:
        """How much is kept of this key's tenant, or (for administrators) of all, by class: objects and bytes."""
        return ask("GET", path("usage"), UsageReport, query=query(everybody=everybody))
