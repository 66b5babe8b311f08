"""Where the client finds a system: in the environment, in a profile, or in a folder above."""

import stat
from pathlib import Path

import pytest
from cloche import AsyncClient, Client, errors, profiles
from cloche.discovery import Target, elsewhere, find, resolve
from cloche.profiles import Profile, Profiles

VARIABLES = ("CLOCHE_URL", "CLOCHE_API_KEY", "CLOCHE_PROFILE")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for configuration, and an environment that says nothing."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config"


def local(folder: Path) -> None:
    """A system that `cloche up` runs in this folder."""
    (folder / ".cloche").mkdir()
    state = '{"state": "ready", "url": "http://here", "api_key": "k"}'
    (folder / ".cloche/state.json").write_text(state)


def save(name: str, url: str) -> None:
    profiles.write(profiles.read().saved(name, Profile(url=url, api_key=f"key of {name}")))


def test_the_environment_wins_over_a_local_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOCHE_URL", "http://there/")
    monkeypatch.setenv("CLOCHE_API_KEY", "k")
    assert find(tmp_path) == Target("http://there", "k")


def test_a_local_system_is_found_from_a_folder_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLOCHE_URL", raising=False)
    below = tmp_path / "a/b"
    below.mkdir(parents=True)
    with pytest.raises(errors.NothingRunning, match=r"no \.cloche folder"):
        find(below)
    (tmp_path / ".cloche").mkdir()
    with pytest.raises(errors.NothingRunning, match="says nothing"):
        find(below)
    state = tmp_path / ".cloche/state.json"
    state.write_text('{"state": "ready", "url": "http://here", "api_key": "k", "more": 1}')
    assert find(below) == Target("http://here", "k")
    state.write_text('{"state": "stopped", "url": "http://here"}')
    with pytest.raises(errors.NothingRunning, match="is not running"):
        find(below)


def test_a_named_profile_comes_first_then_the_environment_the_current_one_and_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(errors.NothingRunning):
        resolve(start=tmp_path)
    local(tmp_path)
    assert (resolve(start=tmp_path).url, resolve(start=tmp_path).source) == ("http://here", "local")
    save("one", "http://one")
    save("two", "http://two")
    assert resolve(start=tmp_path).target == Target("http://two", "key of two")
    monkeypatch.setenv("CLOCHE_PROFILE", "one")
    found = resolve(start=tmp_path)
    assert (found.url, found.profile) == ("http://one", "one")
    assert str(profiles.place()) in found.origin
    monkeypatch.setenv("CLOCHE_URL", "http://there")
    assert resolve(start=tmp_path).source == "environment"
    # The key of one place is never sent to another.
    assert resolve(start=tmp_path).api_key == ""
    assert resolve("two", start=tmp_path).url == "http://two"
    assert resolve("local", start=tmp_path).url == "http://here"
    with pytest.raises(errors.BadTarget, match="no profile three"):
        resolve("three", start=tmp_path)


def test_the_client_is_made_for_what_is_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert not elsewhere()
    save("one", "http://one")
    assert elsewhere()
    for client in (Client.configured(), Client.configured("one"), AsyncClient.configured()):
        assert str(client._transport.http.base_url) == "http://one"
    with pytest.raises(errors.NothingRunning):
        AsyncClient.local()
    local(tmp_path)
    assert str(AsyncClient.local()._transport.http.base_url) == "http://here"


def test_the_file_of_profiles_is_ours_alone(home: Path) -> None:
    save("one", "http://one")
    path = home / "cloche/profiles.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]
    path.chmod(0o640)
    with pytest.raises(errors.BadTarget, match="chmod 600"):
        profiles.read()
    assert elsewhere()
    path.chmod(0o600)
    path.write_text("nonsense")
    with pytest.raises(errors.BadTarget, match="cannot be read"):
        profiles.read()


def test_profiles_are_added_chosen_and_taken_away() -> None:
    known = Profiles().saved("a", Profile(url="u", api_key="k"))
    known = known.saved("b", Profile(url="v", api_key="l"))
    assert (known.current, sorted(known.profiles)) == ("b", ["a", "b"])
    assert known.using("a").current == "a"
    assert known.using("local").current is None
    assert known.without("b").current is None
    assert known.without("a").current == "b"
    for change in (known.using, known.without):
        with pytest.raises(errors.BadTarget):
            change("c")
    for name in ("local", "", "a\nb"):
        with pytest.raises(errors.BadTarget):
            known.saved(name, Profile(url="u", api_key="k"))


def test_a_relative_folder_for_configuration_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", "here")
    assert profiles.place() == tmp_path / ".config/cloche/profiles.json"
