"""Blue and green: who gets requests, and what a switch, a way back and a retirement change."""

import pytest
from support.production import Production, release

# One worker applies production once, for all of these.
pytestmark = pytest.mark.xdist_group("production")

LISTENER = "module.cloche.module.load_balancer.aws_lb_listener.https"


def _weights(production: Production) -> dict[str, int]:
    listener = production.resources("aws_lb_listener")[LISTENER]
    groups = {
        group["arn"]: group["name"]
        for group in production.resources("aws_lb_target_group").values()
    }
    (action,) = listener["default_action"]
    (forward,) = action["forward"]
    return {groups[target["arn"]]: target["weight"] for target in forward["target_group"]}


def test_only_the_live_colour_gets_requests(production: Production) -> None:
    assert _weights(production) == {"cloche-prod-blue": 100, "cloche-prod-green": 0}


def test_both_colours_run_everything(production: Production) -> None:
    services = {service["name"] for service in production.resources("aws_ecs_service").values()}
    assert services == {
        f"{service}-{colour}"
        for service in ("gateway", "storage", "projector")
        for colour in ("blue", "green")
    }
    groups = {group["name"] for group in production.resources("aws_autoscaling_group").values()}
    assert {"cloche-prod-executor-blue", "cloche-prod-executor-green"} <= groups


def test_the_same_release_changes_nothing(production: Production) -> None:
    assert production.changes(release("blue", "green", live="blue")) == {}


def test_a_switch_changes_the_listener_and_nothing_else(production: Production) -> None:
    assert production.changes(release("blue", "green", live="green")) == {LISTENER: ["update"]}


def test_new_images_of_the_other_colour_leave_the_live_one_alone(production: Production) -> None:
    wanted = release("blue", "green", live="blue")
    wanted["colours"]["green"]["images"] = dict.fromkeys(
        wanted["colours"]["green"]["images"], f"sha256:{'9' * 64}"
    )
    changed = production.changes(wanted)
    assert changed
    assert not [address for address in changed if 'module.services["green"]' not in address
                and 'module.executors["green"]' not in address]  # fmt: skip


def test_retiring_a_colour_takes_nothing_that_is_shared(production: Production) -> None:
    changed = production.changes(release("blue", live="blue"))
    gone = {address for address, actions in changed.items() if "delete" in actions}
    assert gone
    assert all('"green"]' in address or "-green" in address for address in gone)
    assert set(changed) - gone == {LISTENER}


def test_a_switch_to_a_colour_that_is_not_there_is_refused(production: Production) -> None:
    production.told(release("blue", live="green"))
    said = production.terraform.run("plan", "-lock=false", code=1)
    assert "deploy it first, then switch" in said
