"""The reading page needs nothing but itself, and every link on it leads somewhere."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import httpx
import pytest
from structlog.testing import capture_logs

from tests.http.demo import ACCESS, client_of, demo_app

pytestmark = pytest.mark.anyio


class Elements(HTMLParser):
    """All tags with their attributes, in order; what is left open stays on the stack."""

    VOID = frozenset({"meta", "link", "br", "img", "hr", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
async def page(client: httpx.AsyncClient) -> httpx.Response:
    answer = await client.get("/docs")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer


async def test_it_is_well_formed(page: httpx.Response) -> None:
    elements = Elements(page.text)
    assert elements.open == []
    ids = [attributes["id"] for _, attributes in elements.all if "id" in attributes]
    assert len(ids) == len(set(ids))


async def test_it_asks_for_nothing_from_anywhere(page: httpx.Response) -> None:
    for tag, attributes in Elements(page.text).all:
        assert tag not in {"script", "iframe", "img", "object", "embed", "form"}
        assert not attributes.keys() & {"src", "srcset", "style", "onclick", "onload"}
        if tag == "link":
            assert attributes["href"] == "data:,"
    assert "@import" not in page.text
    assert "url(" not in page.text


async def test_its_policy_allows_its_own_style_and_nothing_more(page: httpx.Response) -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = page.headers["content-security-policy"]
    assert policy.split("; ")[:2] == ["default-src 'none'", f"style-src 'sha256-{digest}'"]
    assert "unsafe" not in policy


async def test_every_link_leads_somewhere(page: httpx.Response) -> None:
    elements = Elements(page.text).all
    ids = {attributes["id"] for _, attributes in elements if "id" in attributes}
    links = [attributes["href"] or "" for tag, attributes in elements if tag == "a"]
    assert {link[1:] for link in links if link.startswith("#")} <= ids
    assert {link for link in links if not link.startswith("#")} == {"/schema/openapi.json"}


async def test_it_shows_every_operation_and_every_code(page: httpx.Response) -> None:
    for operation in ACCESS:
        assert f'id="op-{operation}"' in page.text
    for code in ("slot-taken", "invalid-content", "version-mismatch", "internal-error"):
        assert f'<tr id="{code}">' in page.text
    assert "student (own), admin" in page.text
    assert "Book a slot" in page.text
    assert "$BASE/bookings?skill=Go&amp;skill=SQL&amp;premium=true&amp;limit=20" in page.text
    assert "What to <code>book</code>." in page.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/bookings/x"),
        ("BREW", "/bookings"),
        ("GET", "/bookings?page=2"),
        ("GET", "/bookings/x"),
        *(("GET", f"/fails?kind={kind}") for kind in ("crash", "store", "race")),
    ],
)
async def test_the_type_of_a_problem_leads_to_its_code(
    client: httpx.AsyncClient, page: httpx.Response, method: str, path: str
) -> None:
    with capture_logs():
        answer = await client.request(method, path, headers={"If-Match": '"1"'})
    place, _, code = answer.json()["type"].partition("#")
    assert place == page.request.url.path
    assert f'<tr id="{code}">' in page.text


async def test_it_knows_where_it_is_mounted(anyio_backend: str) -> None:
    async with client_of(demo_app(root_path="/api")) as client:
        text = (await client.get("/api/docs")).text
    assert 'href="/api/schema/openapi.json"' in text
    assert "$BASE/api/bookings" in text
