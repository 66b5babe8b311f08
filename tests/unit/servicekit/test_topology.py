"""What is declared: enough durables for every queued event, and a log that never loses."""

from cloche_kit import topology
from cloche_kit.memory_held import work_subject
from cloche_kit.settings import ServiceSettings
from cloche_kit.subject_filter import matches
from cloche_schemas.signing import WINDOW_SECONDS
from cloche_schemas.values import ENGINE_CHOICES, PRIORITIES
from support.bus import an_address

SETTINGS = ServiceSettings(work_ack_wait=7.0, stream_replicas=3, stream_max_bytes=1 << 30)


def test_every_queued_event_falls_to_exactly_one_durable_of_the_queue() -> None:
    durables = [one for one in topology.durables(SETTINGS) if one.stream == topology.WORK]
    for engine in ENGINE_CHOICES:
        for priority in PRIORITIES:
            subject = work_subject(an_address().queued(engine, priority))
            assert subject is not None
            [durable] = [one for one in durables if matches(one.filter, subject)]
            assert durable == topology.work_consumer(engine, priority, ack_wait=7.0)


def test_names_of_durables_are_unique_and_attempts_unlimited() -> None:
    durables = topology.durables(SETTINGS)
    assert len({one.name for one in durables}) == len(durables)
    for durable in durables:
        config = topology.consumer(durable)
        assert config["max_deliver"] == -1
        assert config["ack_policy"] == "explicit"


def test_the_log_keeps_everything_and_refuses_when_full() -> None:
    streams = {one["name"]: one for one in topology.streams(SETTINGS)}
    log, work, parked, access = (
        streams[name] for name in ("EVALUATIONS", "WORK", "PARKED", "ACCESS")
    )
    assert (log["retention"], log["discard"], log["max_age"]) == ("limits", "new", 0)
    assert log["max_bytes"] == 1 << 30
    assert work["retention"] == "workqueue"
    assert parked["retention"] == "limits"
    assert (access["retention"], access["discard"], access["max_age"]) == ("limits", "new", 0)
    nonces, audit = streams["NONCES"], streams["AUDIT"]
    # A nonce outlives every request that could be replayed: five minutes ahead, and good for five more.
    assert nonces["max_age"] > 2 * WINDOW_SECONDS * 10**9
    assert nonces["discard"] == "new"
    assert audit["max_bytes"] == SETTINGS.audit_max_bytes
    assert {one["num_replicas"] for one in streams.values()} == {3}
    assert topology.epochs(SETTINGS)["num_replicas"] == 3
