"""Deploy a colour, try it, switch to it, go back: what the workflow `deploy` runs, and people in an emergency.

    python -m cloche_deploy.release ENVIRONMENT deploy  COLOUR --images DIGESTS.json
    python -m cloche_deploy.release ENVIRONMENT switch  COLOUR
    python -m cloche_deploy.release ENVIRONMENT retire  COLOUR
    python -m cloche_deploy.release ENVIRONMENT show

What is released is one JSON document in Parameter Store (/cloche/<name>/release), the same that Terraform reads as
release.auto.tfvars.json. It is written only after Terraform has applied it. `deploy` never touches the live colour;
`switch` tries the colour before and after, and goes back by itself if clients would be worse off.

Needs Python 3.11, `aws` and `terraform`, and nothing else. Exits with 1 and one sentence if something is refused or
fails.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ENVIRONMENTS = Path(__file__).parents[2] / "terraform" / "environments"
COLOURS = ("blue", "green")
SERVICES = ("gateway", "storage", "projector", "executor")
SMOKE_SECONDS = 420.0
POLL_SECONDS = 5.0

#: Runs a command and gives what it writes; raises `Failed` if it exits with anything but 0.
Run = Callable[[Sequence[str]], str]
Release = dict[str, Any]


class Failed(Exception):  # noqa: N818
    """What was asked cannot be done or did not work; the message is for people."""


def deployed(release: Release, colour: str, images: dict[str, str]) -> Release:
    """`release` with `colour` running `images`. The first colour of all is live at once, for there is no other."""
    if set(images) != set(SERVICES):
        raise Failed(f"digests are wanted of {', '.join(SERVICES)}, not of {', '.join(images)}")
    if release and colour == release["live_colour"]:
        raise Failed(f"{colour} is live: deploy the other colour, then switch")
    colours = release.get("colours", {})
    # What else people have said of the colour, such as the number of its executors, stays.
    colours = {**colours, colour: {**colours.get(colour, {}), "images": images}}
    return {"colours": colours, "live_colour": release.get("live_colour", colour)}


def switched(release: Release, colour: str) -> Release:
    """`release` with `colour` live. The other one stays, to go back to."""
    if colour not in release.get("colours", {}):
        raise Failed(f"{colour} is not deployed")
    return {**release, "live_colour": colour}


def retired(release: Release, colour: str) -> Release:
    """`release` without `colour`."""
    if colour not in release.get("colours", {}):
        raise Failed(f"{colour} is not deployed")
    if colour == release["live_colour"]:
        raise Failed(f"{colour} is live: switch to the other colour first")
    return {**release, "colours": {k: v for k, v in release["colours"].items() if k != colour}}


class Deployment:
    """One environment."""

    def __init__(
        self,
        environment: str,
        run: Run,
        *,
        folder: Path | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = f"cloche-{environment}"
        self._folder = folder or ENVIRONMENTS / environment
        self._run = run
        self._pause = pause

    def show(self) -> Release:
        """What is released; empty before the first time."""
        path = f"/cloche/{self.name}/release"
        found = json.loads(
            self._run(("aws", "ssm", "get-parameters", "--names", path, "--output", "json"))
        )
        return json.loads(found["Parameters"][0]["Value"]) if found["Parameters"] else {}

    def deploy(self, colour: str, images: dict[str, str]) -> None:
        """Put `images` on a colour that clients do not reach, and run a program through it."""
        self._apply(deployed(self.show(), colour, images))
        self.smoke(colour)

    def switch(self, colour: str) -> None:
        """Lead clients to `colour`, and back again if it does not work then."""
        before = self.show()
        after = switched(before, colour)
        self.smoke(colour)
        self._apply(after)
        try:
            self.smoke(colour)
        except Failed as error:
            self._apply(before)
            raise Failed(f"went back to {before['live_colour']}: {error}") from error

    def retire(self, colour: str) -> None:
        """Take a colour away that clients do not reach."""
        self._apply(retired(self.show(), colour))

    def smoke(self, colour: str) -> None:
        """Have the operations host run a program through the gateways of `colour`."""
        sent = json.loads(
            self._run(
                (
                    *("aws", "ssm", "send-command", "--output", "json"),
                    *("--document-name", f"{self.name}-smoke-test"),
                    *("--parameters", f"colour={colour}"),
                    *("--targets", f"Key=tag:cloche:role,Values={self.name}-operations"),
                )
            )
        )
        command = sent["Command"]["CommandId"]
        listed = ("aws", "ssm", "list-command-invocations", "--command-id", command, "--details")
        for _ in range(int(SMOKE_SECONDS / POLL_SECONDS)):
            invocations = json.loads(self._run((*listed, "--output", "json")))["CommandInvocations"]
            statuses = {invocation["Status"] for invocation in invocations}
            if statuses == {"Success"}:
                return
            if statuses & {"Failed", "TimedOut", "Cancelled", "Undeliverable", "Terminated"}:
                output = " ".join(p["Output"] for i in invocations for p in i["CommandPlugins"])
                raise Failed(f"the smoke test of {colour} failed: {output.strip()}")
            self._pause(POLL_SECONDS)
        raise Failed(f"the smoke test of {colour} was not done after {SMOKE_SECONDS:.0f} s")

    def _apply(self, release: Release) -> None:
        text = json.dumps(release, indent=2)
        (self._folder / "release.auto.tfvars.json").write_text(text + "\n", encoding="utf-8")
        terraform = ("terraform", f"-chdir={self._folder}")
        self._run((*terraform, "apply", "-auto-approve", "-input=false", "-lock-timeout=5m"))
        path = f"/cloche/{self.name}/release"
        put = ("aws", "ssm", "put-parameter", "--type", "String", "--overwrite")
        self._run((*put, "--name", path, "--value", json.dumps(release)))


def run(command: Sequence[str]) -> str:
    """Terraform tells people what it does; what `aws` answers is for us."""
    quiet = command[0] == "aws"
    done = subprocess.run(
        command, text=True, check=False, stdout=subprocess.PIPE if quiet else None
    )
    if done.returncode != 0:
        raise Failed(f"{' '.join(command[:3])} exits with {done.returncode}")
    return done.stdout or ""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Deploy a colour, switch to it, go back.")
    parser.add_argument("environment", choices=("dev", "staging", "prod"))
    parser.add_argument("what", choices=("deploy", "switch", "retire", "show"))
    parser.add_argument("colour", choices=COLOURS, nargs="?")
    parser.add_argument("--images", type=Path, help="JSON: service => digest (sha256:…)")
    asked = parser.parse_args(arguments)
    deployment = Deployment(asked.environment, run)
    if asked.what != "show" and asked.colour is None:
        parser.error("say which colour")
    try:
        match asked.what:
            case "show":
                sys.stdout.write(json.dumps(deployment.show(), indent=2) + "\n")
            case "deploy":
                if asked.images is None:
                    parser.error("say which images: --images")
                deployment.deploy(asked.colour, json.loads(asked.images.read_text()))
            case "switch":
                deployment.switch(asked.colour)
            case "retire":
                deployment.retire(asked.colour)
    except Failed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
