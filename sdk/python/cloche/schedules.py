"""The client's calls about schedules."""

from cloche_schemas.schedules import CreateSchedule, ScheduleList, ScheduleView
from cloche_schemas.views import Accepted

from cloche.calls import ask, path
from cloche.operations import operation
from cloche.steps import Call


class ScheduleCalls:
    @operation
    def create_schedule(self, wish: CreateSchedule) -> Call[ScheduleView]:
        """Submit an evaluation again and again. `Invalid` if no times follow from it.

        >>> nightly = client.create_schedule(
        ...     CreateSchedule(
        ...         name="nightly",
        ...         cron="0 3 * * *",
        ...         timezone="Europe/Berlin",
        ...         evaluation=SubmitEvaluation(code="print('good morning')"),
        ...     )
        ... )
        >>> [one.name for one in client.schedules().items]
        ['nightly']
        >>> client.delete_schedule(nightly.id).name
        'nightly'
        """
        return ask("POST", path("schedules"), ScheduleView, body=wish)

    @operation
    def schedules(self) -> Call[ScheduleList]:
        """Every schedule, oldest first, without the text of their programs."""
        return ask("GET", path("schedules"), ScheduleList)

    @operation
    def schedule(self, schedule: str) -> Call[ScheduleView]:
        """A schedule: when it is due next, and what it submitted last."""
        return ask("GET", path("schedules", schedule), ScheduleView)

    @operation
    def delete_schedule(self, schedule: str) -> Call[ScheduleView]:
        """Submit nothing more; the schedule as it was. Its evaluations go their own way."""
        return ask("DELETE", path("schedules", schedule), ScheduleView)

    @operation
    def pause_schedule(self, schedule: str) -> Call[ScheduleView]:
        """Submit nothing until it is resumed."""
        return ask("POST", path("schedules", schedule, "pause"), ScheduleView)

    @operation
    def resume_schedule(self, schedule: str) -> Call[ScheduleView]:
        """Go on from now; what was due while it was paused is not made up for."""
        return ask("POST", path("schedules", schedule, "resume"), ScheduleView)

    @operation
    def trigger_schedule(self, schedule: str) -> Call[Accepted]:
        """Submit its evaluation now, once more than it is due."""
        return ask("POST", path("schedules", schedule, "trigger"), Accepted)
