"""The API can be found and read by programs: a catalogue, OpenAPI with examples, AsyncAPI."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from cloche_gateway.examples import EXAMPLES
from cloche_schemas.feeds_api import feeds_asyncapi
from cloche_schemas.generate import BODIES, asyncapi
from jsonschema import Draft202012Validator
from support.gateway import Stage

CATALOG = "/.well-known/api-catalog"
PUBLIC = {"Authorization": ""}


async def test_the_catalogue_leads_to_every_description(stage: Stage) -> None:
    answer = await stage.client.get(CATALOG, headers=PUBLIC)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/linkset+json")
    assert "rfc9727" in answer.headers["content-type"]
    assert answer.headers["link"] == f'<{CATALOG}>; rel="api-catalog"'
    (links,) = answer.json()["linkset"]
    assert links["anchor"] == "/v1"
    targets = [link for name, found in links.items() if name != "anchor" for link in found]
    assert {link["href"] for link in targets} == {
        "/openapi.json",
        "/asyncapi.json",
        "/feeds.asyncapi.json",
        "/docs",
        "/readyz",
    }
    for link in targets:
        assert (await stage.client.get(link["href"], headers=PUBLIC)).status_code == 200
    head = await stage.client.head(CATALOG, headers=PUBLIC)
    assert (head.status_code, head.content, head.headers["link"]) == (
        200,
        b"",
        answer.headers["link"],
    )


@pytest.mark.parametrize(
    ("path", "described"),
    [("/asyncapi.json", asyncapi), ("/feeds.asyncapi.json", feeds_asyncapi)],
)
async def test_events_and_feeds_are_described_beside_the_api(
    stage: Stage, path: str, described: Callable[[], Any]
) -> None:
    answer = await stage.client.get(path, headers=PUBLIC)
    assert answer.json() == msgspec.json.decode(msgspec.json.encode(described()))
    header = PUBLIC | {"If-None-Match": answer.headers["etag"]}
    again = await stage.client.get(path, headers=header)
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_every_body_has_an_example_that_it_is(body: type) -> None:
    example = EXAMPLES[body.__name__]
    assert msgspec.json.decode(msgspec.json.encode(msgspec.convert(example, body))) == example


async def test_the_examples_fit_the_schemas_that_they_stand_in(stage: Stage) -> None:
    document = (await stage.client.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    assert {name for name, one in schemas.items() if "examples" in one} == set(EXAMPLES)
    for name, example in EXAMPLES.items():
        validator = Draft202012Validator(
            {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        )
        assert not [error.message for error in validator.iter_errors(example)], name


async def test_every_tag_is_explained(stage: Stage) -> None:
    document = (await stage.client.get("/openapi.json")).json()
    explained = {tag["name"] for tag in document["tags"] if tag["description"]}
    used = {
        tag for path in document["paths"].values() for one in path.values() for tag in one["tags"]
    }
    assert used == explained


async def test_every_route_says_what_it_is_for_and_what_it_answers(stage: Stage) -> None:
    document = (await stage.client.get("/openapi.json")).json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation.get("summary"), where
            assert operation.get("tags"), where
            assert any(status.startswith("2") for status in operation["responses"]), where
            if path.startswith("/v1") and path != "/v1":
                assert "401" in operation["responses"], where
            for status, response in operation["responses"].items():
                assert response["description"], f"{where} {status}"
            for parameter in operation.get("parameters", ()):
                described = parameter.get("description") or parameter["in"] == "path"
                assert described, f"{where} {parameter['name']}"
