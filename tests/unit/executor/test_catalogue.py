"""Which images there are, and the names that follow from their recipes."""

from pathlib import Path

import pytest
from cloche_executor.images.catalogue import (
    DOCKERFILE,
    RECIPES,
    SCRIPT,
    BadImages,
    catalogue,
    images_folder,
    overridden,
)
from cloche_executor.sandbox import ImageMissing
from cloche_schemas.languages import IMAGES


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    for name in (DOCKERFILE, SCRIPT, "images.toml"):
        (tmp_path / name).write_bytes(RECIPES.joinpath(name).read_bytes())
    return tmp_path


def test_every_image_of_the_languages_has_a_recipe_and_no_other() -> None:
    found = catalogue()
    assert sorted(found) == sorted(IMAGES)
    assert found["gcc"].languages == ("c", "c++")
    assert found["python"].reference == f"cloche-python:{found['python'].digest}"


def test_the_name_changes_with_whatever_the_image_is_made_from(recipes: Path) -> None:
    before = catalogue(recipes=recipes)
    assert before == catalogue()
    table = recipes / "images.toml"
    table.write_text(table.read_text().replace('["python3"]', '["python3", "bc"]'))
    after = catalogue(recipes=recipes)
    assert {name for name in after if after[name] != before[name]} == {"python"}
    (recipes / SCRIPT).write_text("#!/bin/sh")
    last = catalogue(recipes=recipes)
    assert all(last[name].digest != after[name].digest for name in last)


def test_an_image_can_be_somebody_else_s() -> None:
    found = catalogue(overridden("python=registry:5000/py:3 , node=my/node"))
    assert found["python"].reference == "registry:5000/py:3"
    assert found["python"].foreign
    assert found["node"].reference == "my/node"
    assert not found["go"].foreign
    everywhere = catalogue(overridden("my/everything:1"))
    assert {image.reference for image in everywhere.values()} == {"my/everything:1"}
    assert len({image.key for image in everywhere.values()}) == len(everywhere)
    assert catalogue(overridden(None)) == catalogue(overridden(" ")) == catalogue()


@pytest.mark.parametrize("setting", ["python=", "=x", "a,b", "python=x,y"])
def test_a_setting_that_says_nothing_is_refused(setting: str) -> None:
    with pytest.raises(BadImages, match="is no name=reference"):
        overridden(setting)


def test_an_unknown_image_is_missing() -> None:
    with pytest.raises(BadImages, match="there is no image perl"):
        catalogue({"perl": "x"})
    with pytest.raises(ImageMissing, match="there is no image perl: there is python"):
        catalogue()["perl"]
    assert "perl" not in catalogue()


def test_a_recipe_with_a_mistake_is_refused(recipes: Path) -> None:
    (recipes / "images.toml").write_text('[x]\npackage = ["a"]\n')
    with pytest.raises(BadImages, match=r"images\.toml: .*package"):
        catalogue(recipes=recipes)


def test_images_lie_where_the_setting_says_or_in_the_usual_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLOCHE_IMAGES_DIR", str(tmp_path))
    assert images_folder() == tmp_path
    assert images_folder(tmp_path / "other") == tmp_path / "other"
    monkeypatch.delenv("CLOCHE_IMAGES_DIR")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert images_folder() == Path("/var/lib/cloche/images")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    assert images_folder() == Path("/cache/cloche/images")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert images_folder() == Path("/home/me/.cache/cloche/images")
    image = catalogue()["go"]
    assert image.rootfs(tmp_path) == tmp_path / f"go-{image.digest}" / "rootfs"
