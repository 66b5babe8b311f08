"""What the header Link of a list leads to, and all of a list by it."""

import re

import httpx2


def links(answer: httpx2.Response) -> dict[str, str]:
    """Addresses by their relation."""
    found = re.findall(r'<([^>]*)>; rel="(\w+)"', answer.headers.get("link", ""))
    return {way: url for url, way in found}


async def there_and_back(client: httpx2.AsyncClient, url: str) -> list[list[str]]:
    """The ids of every page from the first to the last. The way back from there has the same pages, and ends."""
    pages: list[tuple[str, list[str]]] = []
    first = ""
    while url:
        answer = await client.get(url)
        assert answer.status_code == 200, answer.text
        page, found = answer.json(), links(answer)
        pages.append((url, [one["id"] for one in page["items"]]))
        for way in ("next", "prev"):
            cursor = page[f"{way}_cursor"]
            assert (way in found) == (cursor is not None)
            assert cursor is None or cursor in found[way]
        first = found.get("first", first)
        url = found.get("next", "")
        assert len(pages) < 100
    assert not first or "cursor=" not in first
    back = links(await client.get(pages[-1][0]))
    for _, before in reversed(pages[:-1]):
        answer = await client.get(back["prev"])
        assert [one["id"] for one in answer.json()["items"]] == before
        back = links(answer)
        assert "next" in back
    assert "prev" not in back
    return [ids for _, ids in pages]
