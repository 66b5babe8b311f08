"""One user is one evaluation under way: submitted, looked at every second until it is over, its output read.

Run by locust, in an environment of its own; it knows nothing of Cloche but its API. CLOCHE_API_KEY is the key,
CLOCHE_LOAD_SECONDS how long each program runs.
"""

import os
import random
import time

from locust import FastHttpUser, constant, task

SECONDS = float(os.environ["CLOCHE_LOAD_SECONDS"])
HEADERS = {"Authorization": f"Bearer {os.environ['CLOCHE_API_KEY']}"}
LOOK_SECONDS = 1.0
# Of the looks, one in so many is at a list and one at the queue, as those of a page that shows them.
LISTS = 5
OVER = {"completed", "dead_lettered"}


class Submitter(FastHttpUser):  # type: ignore[misc]
    """Has one evaluation running, always."""

    wait_time = constant(0)

    @task  # type: ignore[untyped-decorator]
    def evaluation(self) -> None:
        # Not all of them end in the same second.
        seconds = SECONDS * random.uniform(0.5, 1.5)  # noqa: S311
        program = {
            "code": f"import time\ntime.sleep({seconds:.2f})\nprint('done')",
            "language": "python",
            "limits": {"wall_seconds": SECONDS * 2},
        }
        path = "/v1/evaluations"
        with self.client.post(path, json=program, headers=HEADERS, name=f"POST {path}") as answer:
            if answer.status_code != 202:
                time.sleep(LOOK_SECONDS)
                return
            id_ = answer.json()["id"]
        looks = 0
        while self._status(id_) not in OVER:
            looks += 1
            if looks % LISTS == 0:
                self._get(random.choice(("/v1/evaluations?limit=20", "/v1/queue")))  # noqa: S311
            time.sleep(LOOK_SECONDS)
        output = f"{path}/{id_}/output"
        self.client.get(output, headers=HEADERS, name=f"GET {path}/{{id}}/output")

    def _status(self, id_: str) -> str:
        path = "/v1/evaluations"
        with self.client.get(f"{path}/{id_}", headers=HEADERS, name=f"GET {path}/{{id}}") as answer:
            return str(answer.json()["status"]) if answer.status_code == 200 else ""

    def _get(self, path: str) -> None:
        self.client.get(path, headers=HEADERS, name=f"GET {path.partition('?')[0]}")
