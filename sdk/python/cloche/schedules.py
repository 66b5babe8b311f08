"""The client's calls about schedules."""

from urllib.parse import quote

from cloche_schemas.schedules import CreateSchedule, ScheduleList, ScheduleView
from cloche_schemas.views import Accepted

from cloche.calls import Calls


class ScheduleCalls(Calls):
    def create_schedule(self, wish: CreateSchedule) -> ScheduleView:
        """Submit an evaluation again and again. `Invalid` if no times follow from it."""
        return self._ask("POST", "/v1/schedules", ScheduleView, body=wish)

    def schedules(self) -> ScheduleList:
        """Every schedule, oldest first, without the text of their programs."""
        return self._ask("GET", "/v1/schedules", ScheduleList)

    def schedule(self, schedule: str) -> ScheduleView:
        """A schedule: when it is due next, and what it submitted last."""
        return self._ask("GET", f"/v1/schedules/{quote(schedule, safe='')}", ScheduleView)

    def delete_schedule(self, schedule: str) -> ScheduleView:
        """Submit nothing more; the schedule as it was. Its evaluations go their own way."""
        return self._ask("DELETE", f"/v1/schedules/{quote(schedule, safe='')}", ScheduleView)

    def pause_schedule(self, schedule: str) -> ScheduleView:
        """Submit nothing until it is resumed."""
        return self._ask("POST", f"/v1/schedules/{quote(schedule, safe='')}/pause", ScheduleView)

    def resume_schedule(self, schedule: str) -> ScheduleView:
        """Go on from now; what was due while it was paused is not made up for."""
        return self._ask("POST", f"/v1/schedules/{quote(schedule, safe='')}/resume", ScheduleView)

    def trigger_schedule(self, schedule: str) -> Accepted:
        """Submit its evaluation now, once more than it is due."""
        return self._ask("POST", f"/v1/schedules/{quote(schedule, safe='')}/trigger", Accepted)
