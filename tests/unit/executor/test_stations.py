"""Which engine an attempt gets, and when work is taken for it."""

import pytest
from cloche_executor.sandbox import EngineUnavailable
from cloche_executor.stations import Refused, Station, Stations
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.values import Engine, EngineChoice
from support.fake_engine import ColdPool, FakeEngine
from support.sandboxes import job_of


def stations(*names: Engine) -> tuple[Stations, list[FakeEngine]]:
    engines = [FakeEngine(name=name) for name in names]
    return Stations([Station(engine, ColdPool(engine)) for engine in engines]), engines


def chosen(names: tuple[Engine, ...], choice: EngineChoice, require: Engine | None = None) -> str:
    found = stations(*names)[0].choose(choice, EvaluationSpec(code="x", require=require))
    return found.name if isinstance(found, Station) else f"refused: {found.detail}"


def test_auto_is_the_strongest_and_a_name_is_that_engine() -> None:
    assert chosen(("gvisor", "docker", "bubblewrap"), "auto") == "gvisor"
    assert chosen(("docker", "bubblewrap"), "auto") == "docker"
    assert chosen(("gvisor", "docker", "bubblewrap"), "bubblewrap") == "bubblewrap"


@pytest.mark.parametrize("choice", ["auto", "docker"])
def test_what_is_required_is_refused_by_weaker_engines_and_never_falls_back(
    choice: EngineChoice,
) -> None:
    said = chosen(("docker", "bubblewrap"), choice, "gvisor")
    assert said == "refused: gvisor or stronger is required; this executor has docker, bubblewrap"


def test_a_stronger_engine_than_required_is_good() -> None:
    assert chosen(("gvisor", "docker"), "auto", "bubblewrap") == "gvisor"
    assert chosen(("gvisor", "docker"), "docker", "docker") == "docker"


def test_an_engine_that_is_not_there_is_refused() -> None:
    assert isinstance(stations("docker")[0].choose("gvisor", EvaluationSpec(code="x")), Refused)


async def test_no_work_is_taken_for_an_engine_that_did_not_answer_until_it_does() -> None:
    every, (strong, weak) = stations("docker", "bubblewrap")
    assert await every.choices() == ["docker", "bubblewrap", "auto"]
    strong.error, strong.healthy = EngineUnavailable("gone"), False
    job = job_of("x")
    with pytest.raises(EngineUnavailable):
        await every.strongest.start(job)
    # Not auto either: what is for the strongest does not fall back behind anybody's back.
    assert await every.choices() == ["bubblewrap"]
    strong.error, strong.healthy = None, True
    assert await every.choices() == ["docker", "bubblewrap", "auto"]
    await every.strongest.start(job)
    assert (len(strong.started), len(weak.started)) == (1, 0)
