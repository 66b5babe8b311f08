"""Deploying, switching and going back, over recorded commands."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from cloche_deploy.release import Deployment, Failed, deployed, retired, switched

IMAGES = dict.fromkeys(("gateway", "storage", "projector", "executor"), f"sha256:{'a' * 64}")
NEWER = dict.fromkeys(IMAGES, f"sha256:{'b' * 64}")
BOTH = {"colours": {"blue": {"images": IMAGES}, "green": {"images": IMAGES}}, "live_colour": "blue"}


class Cloud:
    """Answers as `aws` does and notes what Terraform is told. `smoke` has the outcome of each smoke test in turn."""

    def __init__(self, folder: Path, release: dict[str, Any], *smoke: str) -> None:
        self.parameter = json.dumps(release)
        self.applied: list[str] = []
        self.tried: list[str] = []
        self._smoke = list(smoke)
        self._folder = folder

    def run(self, command: Sequence[str]) -> str:
        what = command[2]
        if command[0] == "terraform":
            told = json.loads((self._folder / "release.auto.tfvars.json").read_text())
            self.applied.append(told["live_colour"])
        elif what == "get-parameters":
            found = [{"Value": self.parameter}] if self.parameter != "{}" else []
            return json.dumps({"Parameters": found})
        elif what == "put-parameter":
            self.parameter = command[-1]
        elif what == "send-command":
            self.tried.append(command[command.index("--parameters") + 1])
            return json.dumps({"Command": {"CommandId": "1"}})
        elif what == "list-command-invocations":
            status = self._smoke.pop(0)
            plugins = [{"Output": "no program ran"}]
            invocations = [{"Status": status, "CommandPlugins": plugins}]
            return json.dumps({"CommandInvocations": invocations if status else []})
        return ""

    @property
    def released(self) -> Any:
        return json.loads(self.parameter)


def _deployment(folder: Path, cloud: Cloud) -> Deployment:
    return Deployment("prod", cloud.run, folder=folder, pause=lambda _seconds: None)


def test_the_first_colour_is_live_at_once(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, {}, "Success")
    _deployment(tmp_path, cloud).deploy("blue", IMAGES)
    assert cloud.released == {"colours": {"blue": {"images": IMAGES}}, "live_colour": "blue"}


def test_a_deployment_leaves_the_live_colour_alone(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, BOTH, "", "InProgress", "Success")
    _deployment(tmp_path, cloud).deploy("green", NEWER)
    assert cloud.released["live_colour"] == "blue"
    assert cloud.released["colours"]["blue"] == {"images": IMAGES}
    assert cloud.released["colours"]["green"] == {"images": NEWER}
    assert cloud.tried == ["colour=green"]


def test_a_switch_tries_the_colour_first(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, BOTH, "Failed")
    with pytest.raises(Failed, match="no program ran"):
        _deployment(tmp_path, cloud).switch("green")
    assert cloud.applied == []
    assert cloud.released == BOTH


def test_a_switch_that_does_not_hold_goes_back(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, BOTH, "Success", "TimedOut")
    with pytest.raises(Failed, match="went back to blue"):
        _deployment(tmp_path, cloud).switch("green")
    assert cloud.applied == ["green", "blue"]
    assert cloud.released["live_colour"] == "blue"


def test_a_switch_and_the_way_back(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, BOTH, *["Success"] * 4)
    deployment = _deployment(tmp_path, cloud)
    deployment.switch("green")
    assert cloud.released["live_colour"] == "green"
    deployment.switch("blue")
    assert cloud.released == BOTH


def test_a_smoke_test_that_says_nothing_ends(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, BOTH, *[""] * 100)
    with pytest.raises(Failed, match="was not done"):
        _deployment(tmp_path, cloud).smoke("green")


def test_what_is_refused() -> None:
    with pytest.raises(Failed, match="deploy the other colour"):
        deployed(BOTH, "blue", NEWER)
    with pytest.raises(Failed, match="digests are wanted"):
        deployed(BOTH, "green", {"gateway": "x"})
    with pytest.raises(Failed, match="not deployed"):
        switched({"colours": {"blue": {}}, "live_colour": "blue"}, "green")
    with pytest.raises(Failed, match="not deployed"):
        retired({"colours": {"blue": {}}, "live_colour": "blue"}, "green")
    with pytest.raises(Failed, match="is live"):
        retired(BOTH, "blue")


def test_what_people_said_of_a_colour_stays() -> None:
    few = {"images": IMAGES, "executors": {"least": 0, "most": 1}}
    before = {"colours": {"blue": {"images": IMAGES}, "green": few}, "live_colour": "blue"}
    assert deployed(before, "green", NEWER)["colours"]["green"] == {**few, "images": NEWER}


def test_retiring_takes_one_colour_away(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, BOTH)
    _deployment(tmp_path, cloud).retire("green")
    assert set(cloud.released["colours"]) == {"blue"}
