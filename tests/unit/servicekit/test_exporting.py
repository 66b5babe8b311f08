"""Spans on their way out: bounded, counted, and never waited for."""

import threading
import time
from collections.abc import Iterator

import pytest
from cloche_kit import exporting
from cloche_kit.exporting import DROPPED, EXPORTED, LAST_SECONDS, SpanSender
from cloche_kit.recording import RecordedSpan, RecordingProvider
from cloche_kit.telemetry import configure
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import Status, StatusCode, Tracer
from support.waiting import wait_until


class Collector:
    """A wire to one that takes spans while `open` is set; what it says of them is `result`, which may be raised."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.result: bool | Exception = True
        self.batches: list[list[str]] = []
        self.closed = False

    @property
    def names(self) -> list[str]:
        return [name for batch in self.batches for name in batch]

    def encoded(self, span: RecordedSpan) -> bytes:
        return span.name.encode()

    def send(self, spans: list[bytes]) -> bool:
        self.open.wait(10)
        if isinstance(self.result, Exception):
            raise self.result
        if self.result:
            self.batches.append([span.decode() for span in spans])
        return self.result

    def close(self) -> None:
        self.closed = True
        self.open.set()


class Setting:
    """A tracer whose spans go to a collector."""

    def __init__(
        self, *, ratio: float = 1.0, most: int = 100, slow: float = 1000.0, pause: float = 0.01
    ) -> None:
        self.collector = Collector()
        self.sender = SpanSender(
            self.collector, slow_seconds=slow, most=most, batch=10, pause=pause
        )
        provider = RecordingProvider(Resource({}), ratio, [self.sender])
        self.tracer: Tracer = provider.get_tracer("test")

    def make(self, count: int, name: str = "one") -> None:
        for _ in range(count):
            self.tracer.start_span(name).end()


@pytest.fixture
def setting() -> Iterator[Setting]:
    made = Setting()
    yield made
    made.sender.shutdown()


def dropped(reason: str) -> float:
    return float(DROPPED.labels(reason)._value.get())


async def test_what_ends_is_sent_and_counted(setting: Setting) -> None:
    before = EXPORTED._value.get()
    setting.make(25)
    await wait_until(lambda: len(setting.collector.names) == 25)
    await wait_until(lambda: EXPORTED._value.get() - before == 25)


async def test_a_collector_that_is_slow_holds_nobody_up_and_memory_is_bounded(
    setting: Setting,
) -> None:
    setting.collector.open.clear()
    before = dropped("queue_full")
    begun = time.perf_counter()
    setting.make(1000)
    # It would have been held for ten seconds.
    assert time.perf_counter() - begun < 8.0
    # Ten were taken out to be sent, at most a hundred wait.
    assert len(setting.sender._waiting) <= 100
    assert 890 <= dropped("queue_full") - before <= 900
    setting.collector.open.set()
    await wait_until(lambda: not setting.sender._waiting)
    setting.make(1, "later")
    await wait_until(lambda: setting.collector.names[-1] == "later")


@pytest.mark.parametrize("result", [False, ValueError("not sent")])
async def test_what_is_not_taken_is_counted_and_what_follows_is_sent(
    setting: Setting, result: bool | Exception
) -> None:
    before = dropped("not_taken")
    setting.collector.result = result
    setting.make(7)
    await wait_until(lambda: dropped("not_taken") - before == 7)
    setting.collector.result = True
    setting.make(1, "later")
    await wait_until(lambda: setting.collector.names == ["later"])


async def test_only_whole_batches_are_sent_before_the_pause_is_over() -> None:
    """A request costs more than its spans: what begins a batch waits for what fills it."""
    made = Setting(pause=30.0)
    try:
        made.make(27)
        await wait_until(lambda: len(made.collector.names) == 20)
        made.make(3)
        await wait_until(lambda: len(made.collector.names) == 30)
        assert {len(batch) for batch in made.collector.batches} == {10}
        made.make(4)
    finally:
        made.sender.shutdown()
    assert len(made.collector.batches[-1]) == 4


async def test_what_cannot_be_encoded_is_counted_and_harms_nobody(setting: Setting) -> None:
    before = dropped("not_encoded")
    setting.make(1, "\ud800")
    setting.make(1, "later")
    await wait_until(lambda: setting.collector.names == ["later"])
    assert dropped("not_encoded") - before == 1


def test_the_end_sends_what_is_left() -> None:
    made = Setting()
    made.make(3)
    made.sender.shutdown()
    assert made.collector.names == ["one"] * 3
    assert made.collector.closed
    before = dropped("stopped")
    made.make(2)
    made.sender.shutdown()
    assert dropped("stopped") - before == 2


def test_the_end_does_not_wait_for_a_collector_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "LAST_SECONDS", 0.1)
    made = Setting()
    made.collector.open.clear()
    before = dropped("stopped")
    made.make(50)
    begun = time.perf_counter()
    made.sender.shutdown()
    assert time.perf_counter() - begun < 8.0
    assert dropped("stopped") - before >= 40


async def test_of_what_is_not_sampled_errors_and_slow_spans_are_sent() -> None:
    made = Setting(ratio=0.0, slow=0.05)
    try:
        made.make(20, "fine")
        with made.tracer.start_as_current_span("failed") as span:
            assert not span.get_span_context().trace_flags.sampled
            span.set_status(Status(StatusCode.ERROR))
        now = time.time_ns()
        made.tracer.start_span("slow", start_time=now - 10**9).end(now)
        await wait_until(lambda: len(made.collector.names) >= 2)
        assert sorted(made.collector.names) == ["failed", "slow"]
    finally:
        made.sender.shutdown()


def test_a_caller_s_decision_goes_on() -> None:
    made = Setting(ratio=0.0)
    try:
        flags = trace.TraceFlags(trace.TraceFlags.SAMPLED)
        parent = trace.SpanContext(1, 2, is_remote=True, trace_flags=flags)
        context = trace.set_span_in_context(trace.NonRecordingSpan(parent))
        span = made.tracer.start_span("below", context=context)
        assert span.get_span_context().trace_flags.sampled
        assert not made.tracer.start_span("root").get_span_context().trace_flags.sampled
    finally:
        made.sender.shutdown()


def test_what_is_not_sampled_keeps_its_attributes() -> None:
    made = Setting(ratio=0.0)
    try:
        span = made.tracer.start_span("one", attributes={"cloche.attempt": 1})
        assert isinstance(span, RecordedSpan)
        assert span.attributes == {"cloche.attempt": 1}
    finally:
        made.sender.shutdown()


def test_a_collector_that_is_not_there_costs_a_process_no_time_at_its_end() -> None:
    telemetry = configure("gateway", instance="g", otlp_endpoint="http://127.0.0.1:9/")
    begun = time.perf_counter()
    for _ in range(100):
        with telemetry.producer_span("append"):
            pass
    # Half of the time that its exporter would go on trying.
    telemetry.shutdown()
    assert time.perf_counter() - begun < 2 * LAST_SECONDS
