"""The generated files are what the Structs say, and drift is noticed."""

from pathlib import Path

import pytest
from cloche_schemas import generate
from cloche_schemas.events import EVENT_TYPES, type_of


def test_what_is_committed_is_what_would_be_written() -> None:
    assert generate.drifted() == []


def test_writing_leaves_exactly_the_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "GENERATED", tmp_path / "generated")
    (tmp_path / "generated").mkdir()
    (tmp_path / "generated" / "forgotten.json").write_text("{}")
    (tmp_path / "generated" / generate.OPENAPI).write_text("the gateway's")
    assert generate.main([]) == 0
    names = {path.name for path in (tmp_path / "generated").iterdir()}
    assert names == {*generate.documents(), generate.OPENAPI}
    assert (tmp_path / "generated" / generate.OPENAPI).read_text() == "the gateway's"
    assert generate.drifted(tmp_path / "generated") == []


def test_a_changed_a_missing_and_a_foreign_file_drift(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "GENERATED", tmp_path)
    generate.main([])
    (tmp_path / "asyncapi.json").write_text("{}\n")
    (tmp_path / "api.schema.json").unlink()
    (tmp_path / "more.json").write_text("{}")
    assert generate.drifted(tmp_path) == ["api.schema.json", "asyncapi.json", "more.json"]
    monkeypatch.setattr(generate, "drifted", lambda: ["asyncapi.json"])
    assert generate.main(["--check"]) == 1
    assert "asyncapi.json" in capsys.readouterr().err


def test_asyncapi_carries_every_event_on_some_channel() -> None:
    document = generate.asyncapi()
    assert document["asyncapi"] == "3.0.0"
    messages = document["components"]["messages"]
    assert {message["name"] for message in messages.values()} == {
        type_of(cls) for cls in EVENT_TYPES
    }
    carried = {name for channel in document["channels"].values() for name in channel["messages"]}
    assert carried == set(messages)
    channels = document["channels"]
    assert set(channels["output"]["messages"]) == {"OutputChunk", "CaseCompleted"}
    assert set(channels["queued"]["messages"]) == {"EvaluationQueued"}
    assert set(channels["lifecycle"]["messages"]) == set(messages) - {
        "OutputChunk",
        "CaseCompleted",
        "EvaluationQueued",
    }
    for message in messages.values():
        reference = message["payload"]["allOf"][1]["properties"]["data"]["$ref"]
        assert reference.rsplit("/", 1)[1] in document["components"]["schemas"]
