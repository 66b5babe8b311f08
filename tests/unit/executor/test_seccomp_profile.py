"""The rules about system calls as a Docker daemon takes them: the same as bubblewrap's, in another form."""

import json
from errno import ENOSYS, EPERM
from typing import Any

import pytest
from cloche_executor.engines.docker_opening import facts, filters
from cloche_executor.engines.seccomp_profile import ORDINARY, profile
from cloche_executor.engines.seccomp_rules import AF_NETLINK, NAMESPACE_FLAGS, RULES

ALLOW = "SCMP_ACT_ALLOW"
PROFILE: dict[str, Any] = json.loads(profile())


def allowed(name: str, *arguments: int) -> bool:
    """Whether a call gets through, as the kernel decides: any entry that names it and whose conditions all hold."""
    for entry in PROFILE["syscalls"]:
        if name in entry["names"] and entry["action"] == ALLOW:
            conditions = entry.get("args", [])
            if all(_holds(condition, arguments) for condition in conditions):
                return True
    return False


def _holds(condition: dict[str, Any], arguments: tuple[int, ...]) -> bool:
    given = arguments[condition["index"]] if condition["index"] < len(arguments) else 0
    if condition["op"] == "SCMP_CMP_MASKED_EQ":
        return bool(given & condition["value"] == condition["valueTwo"])
    assert condition["op"] == "SCMP_CMP_EQ"
    return bool(given == condition["value"])


@pytest.mark.parametrize("machine", RULES)
def test_nothing_is_allowed_that_the_rules_refuse(machine: str) -> None:
    assert not ORDINARY & RULES[machine].refused.keys()
    assert all(not allowed(name) for name in RULES[machine].refused)


def test_what_is_not_listed_is_refused() -> None:
    assert (PROFILE["defaultAction"], PROFILE["defaultErrnoRet"]) == ("SCMP_ACT_ERRNO", EPERM)
    assert not allowed("some_call_of_next_year")


def test_calls_for_which_there_is_an_older_one_are_said_not_to_exist() -> None:
    (absent,) = (entry for entry in PROFILE["syscalls"] if entry.get("errnoRet") == ENOSYS)
    assert {"clone3", "io_uring_setup"} <= set(absent["names"])


def test_children_may_be_made_but_no_namespaces() -> None:
    assert allowed("clone", 17)
    assert not any(allowed("clone", 1 << bit) for bit in range(32) if NAMESPACE_FLAGS >> bit & 1)


def test_sockets_are_of_the_kinds_that_the_rules_name() -> None:
    assert [family for family in range(64) if allowed("socket", family, 1)] == [1, 2, 10, 16]
    assert allowed("socket", AF_NETLINK, 3, 0)
    # Another netlink than that of interfaces and addresses, whose number is the third argument.
    assert not any(allowed("socket", AF_NETLINK, 3, protocol) for protocol in range(1, 23))


def test_addresses_stay_random() -> None:
    assert allowed("personality", 0xFFFF_FFFF)
    assert not allowed("personality", 0x0040000)


def test_machines_are_those_of_the_rules_and_no_older_relatives() -> None:
    names = {
        entry["architecture"].removeprefix("SCMP_ARCH_").lower() for entry in PROFILE["archMap"]
    }
    assert names == RULES.keys()
    assert all(entry["subArchitectures"] == [] for entry in PROFILE["archMap"])


def test_a_daemon_that_cannot_filter_is_said_to_filter_nothing() -> None:
    able = {"SecurityOptions": ["name=apparmor", "name=seccomp,profile=default"]}
    assert filters(able)
    assert not filters({"SecurityOptions": None})
    assert "not filtered" not in facts("docker", "runc", able).strength
    told = facts("docker", "runc", {})
    assert "not filtered" in told.strength
    assert told.shortfalls == ("system calls are not filtered by this daemon",)
