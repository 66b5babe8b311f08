"""Which events of a tenant a replay shows."""

from collections import OrderedDict
from typing import get_args

import msgspec
from cloche_schemas import codec, subjects
from cloche_schemas.events import EventName
from cloche_schemas.subjects import Address
from cloche_schemas.values import EvaluationId, Language, Outcome
from msgspec import Struct

from cloche_gateway.deps import Deps
from cloche_gateway.frames import Frame
from cloche_gateway.read_models import ReadModelsUnavailable

#: Evaluations of which one reader remembers whether they fit; of others it asks again.
KEPT = 20_000
_OUTPUT: frozenset[EventName] = frozenset({"output-chunk", "case-completed"})
_FIRST = frozenset({"queued", "scheduled"})


class _Verdict(Struct, frozen=True):
    outcome: str = ""


class _Traits(Struct, frozen=True):
    """What of a submission is filtered by; a default is not on the log (commands.py)."""

    labels: dict[str, str] = {}
    language: Language = "python"


class _Submitted(Struct, frozen=True):
    spec: _Traits | None = None


_verdicts = msgspec.json.Decoder(_Verdict)
_submissions = msgspec.json.Decoder(_Submitted)


class Filter(Struct, frozen=True, kw_only=True):
    """What is wanted; an empty set wants all. `labels`: pairs that an evaluation has, None for any value.

    Outcomes are those of `completed` events, which alone are shown then. `members`: the evaluations of a batch.
    `lifecycle`: nothing of what lies among the output.
    """

    tenant: str
    types: frozenset[EventName] = frozenset()
    evaluation: Address | None = None
    members: frozenset[EvaluationId] | None = None
    labels: tuple[tuple[str, str | None], ...] = ()
    languages: frozenset[Language] = frozenset()
    outcomes: frozenset[Outcome] = frozenset()
    output: bool = True
    lifecycle: bool = False

    @property
    def of_submissions(self) -> bool:
        """Whether it depends on what was submitted, which not every event says."""
        return bool(self.labels or self.languages)

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
        lifecycle = self.lifecycle or not self.names & _OUTPUT
        if self.evaluation is not None:
            one = self.evaluation
            return (one.lifecycle if lifecycle else one.everything,)
        of_tenant = subjects.lifecycle_of_tenant if lifecycle else subjects.of_tenant
        return (of_tenant(self.tenant),)


class Sieve:
    """Lets through what one reader wants. Labels and language are those of the submission, whatever the event."""

    def __init__(self, deps: Deps, wanted: Filter) -> None:
        self._deps = deps
        self._wanted = wanted
        self._every_type = not wanted.types and not wanted.outcomes
        self._names: frozenset[str] = wanted.names
        self._fits: OrderedDict[Address, bool] = OrderedDict()

    def accepts(self, frame: Frame) -> bool:
        """By its type, outcome and batch; what this version does not know is shown to whoever wants all types."""
        wanted = self._wanted
        if wanted.members is not None and frame.evaluation not in wanted.members:
            return False
        if wanted.lifecycle and subjects.is_output(frame.stored.subject):
            return False
        if self._every_type:
            return wanted.output or frame.name != "output-chunk"
        if frame.name not in self._names:
            return False
        return not wanted.outcomes or outcome_of(frame) in wanted.outcomes

    def needs(self, frame: Frame) -> bool:
        """What `pick` is to see: what is wanted, and what says how it was submitted."""
        return self.accepts(frame) or (self._wanted.of_submissions and frame.name in _FIRST)

    async def pick(self, frames: list[Frame]) -> list[Frame]:
        """Those that are wanted. `BusError` or `ReadModelsUnavailable` where a submission cannot be found."""
        if not self._wanted.of_submissions:
            return [frame for frame in frames if self.accepts(frame)]
        picked = []
        for frame in frames:
            address = subjects.parse(frame.stored.subject)
            if frame.name in _FIRST and (traits := _submitted(frame.stored.data)) is not None:
                self._remember(address, traits)
            if self.accepts(frame) and await self._fit(address):
                picked.append(frame)
        return picked

    async def _fit(self, address: Address) -> bool:
        """Whether the evaluation was submitted as is wanted."""
        if address in self._fits:
            self._fits.move_to_end(address)
            return self._fits[address]
        return self._remember(address, await self._traits(address))

    def _remember(self, address: Address, traits: _Traits) -> bool:
        labels, languages = traits.labels, self._wanted.languages
        fits = (not languages or traits.language in languages) and all(
            name in labels and value in {None, labels[name]} for name, value in self._wanted.labels
        )
        self._fits[address] = fits
        self._fits.move_to_end(address)
        if len(self._fits) > KEPT:
            self._fits.popitem(last=False)
        return fits

    async def _traits(self, address: Address) -> _Traits:
        """Of an evaluation whose beginning was not read: from the read model, or from the log while that has none."""
        missing: ReadModelsUnavailable | None = None
        try:
            row = await self._deps.read_models.evaluation(address)
        except ReadModelsUnavailable as error:
            row, missing = None, error
        if row is not None:
            return _Traits(row.view.labels, row.view.language)
        for stored in await self._deps.bus.history(address.tenant, address.evaluation):
            if (traits := _submitted(stored.data)) is not None:
                return traits
        if missing is not None:
            raise missing
        return _Traits(language="")


def outcome_of(frame: Frame) -> str:
    """The verdict that a `completed` event carries; nothing of any other."""
    try:
        return _verdicts.decode(codec.decode_envelope(frame.stored.data).data).outcome
    except (codec.Malformed, msgspec.DecodeError):
        return ""


def _submitted(message: bytes) -> _Traits | None:
    """How the evaluation was submitted; None if the event does not say."""
    try:
        return _submissions.decode(codec.decode_envelope(message).data).spec
    except (codec.Malformed, msgspec.DecodeError):
        return None
