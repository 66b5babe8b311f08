"""The API describes itself: OpenAPI with the real bodies, and a page that needs no other server."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from support.gateway import Stage

ROUTES = {
    ("/v1", "get"),
    ("/v1/evaluations", "get"),
    ("/v1/evaluations", "post"),
    ("/v1/evaluations/{id}", "get"),
    ("/v1/events", "get"),
    ("/v1/evaluations/{id}/cancel", "post"),
    ("/v1/evaluations/{id}/rerun", "post"),
    ("/v1/statistics", "get"),
    ("/v1/evaluations/{id}/events", "get"),
    ("/v1/evaluations/{id}/output", "get"),
    ("/v1/evaluations/{id}/cases", "get"),
    ("/v1/evaluations/{id}/artifacts", "get"),
    ("/v1/evaluations/{id}/artifacts/{name}", "get"),
    ("/v1/languages", "get"),
    ("/v1/batches", "get"),
    ("/v1/batches", "post"),
    ("/v1/batches/{id}", "get"),
    ("/v1/batches/{id}/evaluations", "get"),
    ("/v1/batches/{id}/cancel", "post"),
    ("/v1/batches/{id}/rerun", "post"),
    ("/problems/{code}", "get"),
}


async def document_of(stage: Stage) -> dict[str, Any]:
    answer = await stage.client.get("/openapi.json")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_openapi_lists_every_route(stage: Stage) -> None:
    document = await document_of(stage)
    found = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert found >= ROUTES


async def test_openapi_shows_the_body_that_the_code_decodes(stage: Stage) -> None:
    document = await document_of(stage)
    body = document["paths"]["/v1/evaluations"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    name = schema["$ref"].rsplit("/", 1)[1]
    described = document["components"]["schemas"][name]
    assert described["additionalProperties"] is False
    assert set(described["properties"]) >= {"code", "language", "argv", "stdin", "limits"}


async def test_every_reference_in_openapi_leads_somewhere(stage: Stage) -> None:
    document = await document_of(stage)

    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [ref for value in node.values() for ref in references(value)]
        if isinstance(node, list):
            return [ref for value in node for ref in references(value)]
        return []

    found = references(document)
    assert found
    for reference in found:
        target: Any = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if name in {"src", "href"} and value]


async def test_the_page_loads_everything_from_here(stage: Stage) -> None:
    page = await stage.client.get("/docs")
    parser = _Links()
    parser.feed(page.text)
    assert parser.links
    for link in parser.links:
        assert link.startswith("/"), f"{link} is elsewhere"
        answer = await stage.client.get(link)
        assert answer.status_code == 200
        assert len(answer.content) > 1000
    policy = page.headers["Content-Security-Policy"]
    assert "http" not in policy
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    inline = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    assert len(inline) == 1
    digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in scripts


@pytest.mark.parametrize("name", ["redoc.standalone.js", "..%2f__init__.py", "nothing.css"])
async def test_no_other_file_is_served(stage: Stage, name: str) -> None:
    assert (await stage.client.get(f"/docs/assets/{name}")).status_code in {404, 422}
