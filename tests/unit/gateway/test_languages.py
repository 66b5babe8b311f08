"""GET /v1/languages: what a submission may say, from the registry."""

from cloche_schemas.languages import IMAGES, LANGUAGES
from support.gateway import Stage, stage_with


async def test_every_language_is_listed_with_how_it_runs(stage: Stage) -> None:
    answer = await stage.client.get("/v1/languages")
    assert answer.status_code == 200
    body = answer.json()
    assert {item["name"] for item in body["items"]} == set(LANGUAGES)
    by_name = {item["name"]: item for item in body["items"]}
    assert by_name["python"] == {
        "name": "python",
        "image": LANGUAGES["python"].image,
        "suffixes": list(LANGUAGES["python"].suffixes),
        "compiled": False,
    }
    assert by_name["rust"]["compiled"] is True
    assert body["images"] == sorted(IMAGES)
    assert body["env"] == list(stage.settings.env_allowed)


async def test_images_that_the_operator_adds_are_listed_and_may_be_asked_for() -> None:
    async with stage_with(extra_images="science, old-python") as stage:
        body = (await stage.client.get("/v1/languages")).json()
        assert set(body["images"]) == {*IMAGES, "science", "old-python"}
        await stage.submit(image="science")
