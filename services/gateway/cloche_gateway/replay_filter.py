"""Which events of a tenant a replay shows."""

from collections import OrderedDict
from typing import get_args

import msgspec
from cloche_schemas import codec, subjects
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import EventName
from cloche_schemas.subjects import Address
from cloche_schemas.values import Outcome
from msgspec import Struct

from cloche_gateway.deps import Deps
from cloche_gateway.live import Frame
from cloche_gateway.read_models import ReadModelsUnavailable

#: Evaluations whose labels one reader remembers; of others it asks again.
KEPT = 20_000
_OUTPUT: frozenset[EventName] = frozenset({"output-chunk", "case-completed"})
_FIRST = frozenset({"queued", "scheduled"})


class _Verdict(Struct, frozen=True):
    outcome: str = ""


class _Submitted(Struct, frozen=True):
    spec: EvaluationSpec | None = None


_verdicts = msgspec.json.Decoder(_Verdict)
_submissions = msgspec.json.Decoder(_Submitted)

Labels = dict[str, str]


class Filter(Struct, frozen=True, kw_only=True):
    """What is wanted; an empty set wants all. `labels`: pairs that an evaluation has, None for any value.

    Outcomes are those of `completed` events, which alone are shown then.
    """

    tenant: str
    types: frozenset[EventName] = frozenset()
    evaluation: Address | None = None
    labels: tuple[tuple[str, str | None], ...] = ()
    outcomes: frozenset[Outcome] = frozenset()
    output: bool = True

    @property
    def names(self) -> frozenset[EventName]:
        """The types that are shown."""
        names = self.types or frozenset(get_args(EventName))
        if self.outcomes:
            names &= {"completed"}
        return names if self.output else names - {"output-chunk"}

    @property
    def prefix(self) -> str:
        """What the subjects of all that is shown begin with."""
        if self.evaluation is not None:
            return self.evaluation.prefix
        return subjects.of_tenant(self.tenant).removesuffix(".>")

    @property
    def subjects(self) -> tuple[str, ...]:
        """Filters under which all of it lies; output is not read where none is shown."""
        lifecycle = not self.names & _OUTPUT
        if self.evaluation is not None:
            one = self.evaluation
            return (one.lifecycle if lifecycle else one.everything,)
        of_tenant = subjects.lifecycle_of_tenant if lifecycle else subjects.of_tenant
        return (of_tenant(self.tenant),)


class Sieve:
    """Lets through what one reader wants. Labels are those of an evaluation's submission, whatever the event."""

    def __init__(self, deps: Deps, wanted: Filter) -> None:
        self._deps = deps
        self._wanted = wanted
        self._every_type = not wanted.types and not wanted.outcomes
        self._names: frozenset[str] = wanted.names
        self._fits: OrderedDict[Address, bool] = OrderedDict()

    def accepts(self, frame: Frame) -> bool:
        """By its type and outcome; what this version does not know is shown to whoever wants all types."""
        if self._every_type:
            return self._wanted.output or frame.name != "output-chunk"
        if frame.name not in self._names:
            return False
        return not self._wanted.outcomes or _outcome_of(frame) in self._wanted.outcomes

    def needs(self, frame: Frame) -> bool:
        """What `pick` is to see: what is wanted, and what says the labels of it."""
        return self.accepts(frame) or (bool(self._wanted.labels) and frame.name in _FIRST)

    async def pick(self, frames: list[Frame]) -> list[Frame]:
        """Those that are wanted. `BusError` or `ReadModelsUnavailable` where labels cannot be found out."""
        if not self._wanted.labels:
            return [frame for frame in frames if self.accepts(frame)]
        picked = []
        for frame in frames:
            address = subjects.parse(frame.stored.subject)
            if frame.name in _FIRST and (labels := _submitted(frame.stored.data)) is not None:
                self._remember(address, labels)
            if self.accepts(frame) and await self._fit(address):
                picked.append(frame)
        return picked

    async def _fit(self, address: Address) -> bool:
        """Whether the evaluation has the labels."""
        if address in self._fits:
            self._fits.move_to_end(address)
            return self._fits[address]
        return self._remember(address, await self._labels(address))

    def _remember(self, address: Address, labels: Labels) -> bool:
        fits = all(
            name in labels and value in {None, labels[name]} for name, value in self._wanted.labels
        )
        self._fits[address] = fits
        self._fits.move_to_end(address)
        if len(self._fits) > KEPT:
            self._fits.popitem(last=False)
        return fits

    async def _labels(self, address: Address) -> Labels:
        """Of an evaluation whose beginning was not read: from the read model, or from the log while that has none."""
        missing: ReadModelsUnavailable | None = None
        try:
            row = await self._deps.read_models.evaluation(address)
        except ReadModelsUnavailable as error:
            row, missing = None, error
        if row is not None:
            return row.view.labels
        for stored in await self._deps.bus.history(address.tenant, address.evaluation):
            if (labels := _submitted(stored.data)) is not None:
                return labels
        if missing is not None:
            raise missing
        return {}


def _outcome_of(frame: Frame) -> str:
    try:
        return _verdicts.decode(codec.decode_envelope(frame.stored.data).data).outcome
    except (codec.Malformed, msgspec.DecodeError):
        return ""


def _submitted(message: bytes) -> Labels | None:
    """The labels of a submission; None if the event carries none."""
    try:
        spec = _submissions.decode(codec.decode_envelope(message).data).spec
    except (codec.Malformed, msgspec.DecodeError):
        return None
    return None if spec is None else spec.labels
