"""Orders for sandboxes of one attempt: each carries whose it is and until when it may live."""

from datetime import UTC, datetime, timedelta

from cloche_schemas.subjects import Address
from cloche_schemas.values import Limits
from msgspec import Struct

from cloche_executor.programs import Command
from cloche_executor.sandbox import Collect, File, Job, Labels

# Beyond twice a program's time nobody can still want its sandbox.
SLACK_SECONDS = 60.0


class Jobs(Struct, frozen=True, kw_only=True):
    """Makes the jobs of one attempt."""

    address: Address
    attempt: int
    installation: str
    executor: str

    def job(
        self,
        command: Command,
        *,
        files: tuple[File, ...],
        limits: Limits,
        stdin: bytes = b"",
        collect: Collect | None = None,
    ) -> Job:
        lasts = timedelta(seconds=2 * limits.wall_seconds + SLACK_SECONDS)
        return Job(
            image=command.image,
            command=command.words,
            files=files,
            stdin=stdin,
            environment=command.environment,
            collect=collect,
            limits=limits,
            labels=Labels(
                installation=self.installation,
                tenant=self.address.tenant,
                evaluation=self.address.evaluation,
                attempt=self.attempt,
                executor=self.executor,
                deadline=datetime.now(UTC) + lasts,
            ),
        )
