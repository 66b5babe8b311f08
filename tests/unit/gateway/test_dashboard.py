"""Serving the dashboard: which requests are a page, under which policy, and what the API keeps for itself."""

import gzip
from pathlib import Path

import httpx2
import pytest
from cloche_gateway import dashboard
from cloche_gateway.app import create_app
from support.gateway import Stage

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
INDEX = f'<!doctype html><meta property="csp-nonce" nonce="{dashboard.NONCE}"><div id="root"></div>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dashboard as the build leaves it."""
    page = tmp_path / "page"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text(INDEX)
    (page / "assets" / "index-1a2b3c4d.js").write_text("hello()")
    (page / "assets" / "index-1a2b3c4d.js.gz").write_bytes(gzip.compress(b"hello()"))
    (page / "assets" / "icon-5e6f7a8b.svg").write_text("<svg/>")
    return page


@pytest.fixture
def browser(stage: Stage, folder: Path, monkeypatch: pytest.MonkeyPatch) -> httpx2.AsyncClient:
    monkeypatch.setattr(dashboard, "PAGE", folder)
    transport = httpx2.ASGITransport(app=create_app(stage.gateway))
    return httpx2.AsyncClient(transport=transport, base_url="http://gateway", headers=BROWSER)


@pytest.mark.parametrize("path", ["/", "/submit", "/evaluations/0190?tab=events", "/no/such/page"])
async def test_every_address_that_is_not_the_apis_is_the_page(
    browser: httpx2.AsyncClient, path: str
) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert 'id="root"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


async def test_no_inline_script_runs_and_styles_need_the_nonce_of_this_answer(
    browser: httpx2.AsyncClient,
) -> None:
    first, second = await browser.get("/"), await browser.get("/")
    policy = dict(
        part.strip().split(" ", 1) for part in first.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    nonce = policy["style-src"].removeprefix("'self' 'nonce-").removesuffix("'")
    assert len(nonce) >= 20
    assert f'nonce="{nonce}"' in first.text
    assert dashboard.NONCE not in first.text
    assert nonce not in second.text
    assert "unsafe" not in first.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/no-such-thing", 404),
        ("GET", "/problems/no-such-problem", 404),
        ("POST", "/submit", 404),
        ("GET", "/assets/no-such-file.js", 404),
        ("GET", "/assets/index-1a2b3c4d.js.gz", 404),
        ("GET", "/assets/%2e%2e%2findex.html", 404),
        ("POST", "/v1/queue", 405),
    ],
)
async def test_the_api_keeps_its_own_errors(
    browser: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await browser.request(method, path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_who_asks_for_no_page_gets_a_problem(browser: httpx2.AsyncClient) -> None:
    answer = await browser.get("/submit", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


async def test_files_with_a_hash_are_kept_for_ever(browser: httpx2.AsyncClient) -> None:
    plain = await browser.get("/assets/icon-5e6f7a8b.svg")
    packed = await browser.get("/assets/index-1a2b3c4d.js")
    unpacked = await browser.get(
        "/assets/index-1a2b3c4d.js", headers={"Accept-Encoding": "identity"}
    )
    assert plain.headers["Content-Type"] == "image/svg+xml"
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in unpacked.headers
    for answer in (plain, packed, unpacked):
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert packed.text == unpacked.text == "hello()"
    assert packed.headers["Content-Type"] == unpacked.headers["Content-Type"]
    assert "javascript" in packed.headers["Content-Type"]


async def test_until_it_is_built_there_is_a_notice_that_looks_again(
    browser: httpx2.AsyncClient, folder: Path
) -> None:
    (folder / "index.html").rename(folder / "later.html")
    notice = await browser.get("/")
    assert notice.status_code == 503
    assert int(notice.headers["Retry-After"]) > 0
    assert "make dashboard" in notice.text
    assert 'http-equiv="refresh"' in notice.text
    assert "unsafe" not in notice.headers["Content-Security-Policy"]
    (folder / "later.html").rename(folder / "index.html")
    assert (await browser.get("/")).status_code == 200


async def test_it_stays_out_of_the_way_of_every_address_of_the_api(
    browser: httpx2.AsyncClient,
) -> None:
    paths = (await browser.get("/openapi.json")).json()["paths"]
    assert {path.split("/")[1] for path in paths} <= dashboard.TAKEN
    assert not [path for path in paths if "assets" in path or "page" in path]
