"""The event bus thrice: in memory, on one node, and on three that keep each stream three times."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from cloche_kit.bus import EventBus
from cloche_kit.jetstream import open_bus
from cloche_kit.memory import MemoryBus
from support.bus import bus_settings
from support.cluster import Cluster
from support.nats import NatsServer

#: What three nodes do in another way than one is tried every day, the rest of the suite at full size: to make the
#: streams for one test takes a cluster seconds.
DAILY = {
    "test_the_same_id_again_is_a_duplicate_and_stores_nothing",
    "test_of_two_appends_that_expect_the_same_one_wins",
    "test_the_expectation_looks_at_every_subject_of_its_filter",
    "test_an_append_tried_again_is_found_even_if_others_have_appended_since",
    "test_an_own_append_in_the_middle_of_others_is_found",
    "test_history_has_every_lifecycle_message_in_order_and_nothing_else",
    "test_follow_gives_what_is_stored_and_then_what_comes",
    "test_what_is_not_acked_is_delivered_again_and_counted",
    "test_a_message_is_parked_once_for_each_handler",
    "test_what_is_held_is_no_work_until_it_is_released",
    "test_a_release_said_twice_queues_once",
    "test_one_of_several_leads_and_the_next_takes_over_at_once",
    "test_of_many_that_write_after_the_same_revision_one_does",
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.name.partition("[")[2].startswith("cluster") and _name(item) not in DAILY:
            item.add_marker(pytest.mark.full)


def _name(item: pytest.Item) -> str:
    return item.name.partition("[")[0]


@pytest.fixture(params=["memory", "jetstream", "cluster"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[EventBus]:
    """Each adapter in turn, that of JetStream on both topologies."""
    if request.param == "memory":
        yield MemoryBus()
        return
    async with AsyncExitStack() as stack:
        if request.param == "jetstream":
            server = await stack.enter_async_context(NatsServer.temporary())
            yield await stack.enter_async_context(open_bus(bus_settings(server.url), name="test"))
            return
        cluster: Cluster = request.getfixturevalue("module_cluster")
        stack.push_async_callback(cluster.clear)
        yield await stack.enter_async_context(open_bus(cluster.settings(), name="test"))
