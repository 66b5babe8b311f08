"""The client's call about what is kept."""

from cloche_schemas.usage import UsageReport

from cloche.calls import Calls


class UsageCalls(Calls):
    def usage(self, *, everybody: bool = False) -> UsageReport:
        """How much is kept of this key's tenant, or (for administrators) of all, by class."""
        query = {"everybody": "true"} if everybody else None
        return self._ask("GET", "/v1/usage", UsageReport, query=query)
