"""Projections and the export of keys by the command and the client, against a real gateway over stores in memory."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cloche import Client, Conflict, NotFound
from cloche.commands import projections as command
from cloche.commands.projections import lines_of
from cloche_schemas.projections import (
    ColumnDifference,
    Differences,
    ProjectionState,
    ProjectionView,
    RowDifference,
    TableDifference,
)
from msgspec.structs import replace
from support.command import Ran
from support.gateway import KEY, Stage, stage_with
from support.waiting import wait_until

pytestmark = pytest.mark.usefixtures("stage")
EQUAL = Differences(
    sequence=7, equal=True, tables=(TableDifference(table="cases", live=3, rebuilt=3),)
)
UNEQUAL = Differences(
    sequence=7,
    equal=False,
    tables=(
        TableDifference(
            table="evaluations",
            live=3,
            rebuilt=4,
            only_live=1,
            only_rebuilt=2,
            columns=(ColumnDifference(column="view", rows=1),),
            columns_only_rebuilt=("note",),
        ),
    ),
    examples=(
        RowDifference(table="evaluations", key=("main", "a"), live="this row"),
        RowDifference(
            table="evaluations",
            key=("main", "b"),
            column="view",
            pointer="/x",
            live="1",
            rebuilt="2",
        ),
    ),
)


class Called:
    """The command in a thread, against this gateway."""

    def __init__(self, ran: Ran, url: str) -> None:
        self.ran, self.url = ran, url

    async def __call__(self, *words: str) -> tuple[int, str, str]:
        code, out, err = await asyncio.to_thread(self.ran, self, *words, key=KEY)
        return code, out.decode(), err.decode()


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(command, "LOOK_SECONDS", 0.01)
    async with stage_with() as stage:
        yield stage


@pytest.fixture
async def cloche(stage: Stage, ran: Ran) -> AsyncIterator[Called]:
    async with stage.listening() as client:
        yield Called(ran, str(client.base_url))


class Projector:
    """Does what is asked for, in steps, as a projector would."""

    def __init__(self, stage: Stage, ends: ProjectionState, found: Differences | None) -> None:
        self._models, self._ends, self._found = stage.read_models.projections, ends, found

    async def work(self) -> None:
        models, looks = self._models, 0
        real = models.all

        async def looked() -> list[ProjectionView]:
            nonlocal looks
            looks += 1
            return await real()

        await wait_until(lambda: models.view.request is not None)
        models.view = replace(models.view, state="rebuilding", progress=5, target=10)
        models.all = looked  # type: ignore[method-assign]
        await wait_until(lambda: looks > 1)
        models.view = replace(
            models.view, state=self._ends, request=None, differences=self._found, previous=1
        )


@pytest.mark.parametrize(
    ("ends", "found", "code"),
    [("swapped", EQUAL, 0), ("ready", UNEQUAL, 1), ("failed", None, 1)],
)
async def test_a_rebuild_is_waited_for_and_what_differs_is_written(
    stage: Stage, cloche: Called, ends: ProjectionState, found: Differences | None, code: int
) -> None:
    work = asyncio.create_task(Projector(stage, ends, found).work())
    ended, out, err = await cloche("projections", "rebuild", "--wait")
    await work
    assert ended == code
    assert "5 of 10 (50 %)" in err
    assert err.rstrip().splitlines()[-1].startswith(ends if ends != "ready" else "the new rows")
    if found is not None:
        assert out.splitlines() == lines_of(found)
        assert ("NOT equal" in out) == (not found.equal)


async def test_what_differs_as_json(stage: Stage, cloche: Called) -> None:
    work = asyncio.create_task(Projector(stage, "ready", UNEQUAL).work())
    code, out, _ = await cloche("projections", "rebuild", "--wait", "--json", "--no-swap")
    await work
    assert (code, json.loads(out)["examples"][1]["pointer"]) == (1, "/x")


def test_what_differs_is_said_in_words() -> None:
    assert lines_of(UNEQUAL) == [
        "compared as of sequence 7: NOT equal",
        "  evaluations        3 rows live, 4 anew, 1 only live, 2 only anew, view differs in 1, not compared: note",
        "  evaluations main/a: only live",
        "  evaluations main/b view/x: 1 live, 2 anew",
    ]


async def test_the_other_commands(stage: Stage, cloche: Called) -> None:
    models = stage.read_models.projections
    code, out, _ = await cloche("projections", "ls")
    assert (code, out.startswith("read-models")) == (0, True)
    assert (await cloche("projections", "rebuild"))[0] == 0
    assert models.view.request == "rebuild"
    code, _, err = await cloche("projections", "rebuild", "--swap")
    assert (code, "cannot be done" in err) == (1, True)
    assert (await cloche("projections", "abort"))[0] == 0
    models.view = replace(models.view, request=None, state="ready", differences=EQUAL, previous=1)
    assert (await cloche("projections", "swap"))[0] == 0
    models.view = replace(models.view, request=None, state="swapped")
    assert (await cloche("projections", "rollback"))[0] == 0
    models.view = replace(models.view, request=None)
    out = (await cloche("projections", "ls"))[1]
    assert "equal" in out
    assert "back to version 1" in out
    assert json.loads((await cloche("projections", "ls", "--json"))[1])["previous"] == 1


async def test_the_client_raises_what_is_refused(stage: Stage) -> None:
    async with stage.listening() as http:

        def calls() -> None:
            with Client(str(http.base_url), KEY) as client:
                assert client.projections.list().items[0] == client.projections.get()
                with pytest.raises(NotFound):
                    client.projections.get("other")
                with pytest.raises(Conflict):
                    client.projections.swap()
                assert client.projections.rebuild(swap="never").request == "rebuild"
                assert client.projections.abort().request == "abort"
                with pytest.raises(Conflict):
                    client.projections.rollback()

        await asyncio.to_thread(calls)


async def test_keys_are_written_to_a_file_and_taken_in_elsewhere(
    stage: Stage, cloche: Called, ran: Ran, tmp_path: Path
) -> None:
    key = (await cloche("keys", "create", "ci"))[1].strip()
    code, out, _ = await cloche("keys", "export")
    assert (code, len(out.splitlines()), key.rpartition("_")[2] in out) == (0, 1, False)
    file = tmp_path / "keys.ndjson"
    file.write_text(out)
    async with stage_with() as empty, empty.listening() as client:
        there = Called(ran, str(client.base_url))
        code, _, err = await there("keys", "import", str(file))
        assert (code, err) == (0, "1 imported, 0 there already, 0 kept\n")
        assert (await asyncio.to_thread(ran, there, "ls", key=key))[0] == 0
        assert (await there("keys", "revoke", key))[0] == 0
        code, _, err = await there("keys", "import", str(file))
        assert (code, "it stays" in err) == (1, True)
        file.write_text(out + "{}\n")
        code, _, err = await there("keys", "import", str(file))
        assert (code, "line 2" in err) == (2, True)
