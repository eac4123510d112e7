"""A file in a form: received whole, named safely, and never more than may be."""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator
from hashlib import sha256

import httpx
import pytest

from tests.http.demo import errors_of

pytestmark = pytest.mark.anyio

LARGEST = 3_000_000
HEAD = (
    b'--edge\r\nContent-Disposition: form-data; name="file"; filename="m.csv"\r\n'
    b"Content-Type: text/csv\r\n\r\n"
)
FORM = {"Content-Type": "multipart/form-data; boundary=edge"}


async def test_a_file_arrives_as_it_was_sent(client: httpx.AsyncClient) -> None:
    content = bytes(range(256)) * 4000
    answer = await client.post("/import", files={"file": ("mentors.csv", content, "text/csv")})
    assert answer.status_code == 202
    assert answer.json() == {
        "name": "mentors.csv",
        "size": len(content),
        "sha256": sha256(content).hexdigest(),
        "start": content[:10].decode("latin-1"),
    }


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\mentors.csv", "mentors.csv"),
        ("m\u202egnp.csv", "mgnp.csv"),
        ("x" * 300, "x" * 200),
    ],
)
async def test_a_name_is_made_safe(client: httpx.AsyncClient, sent: str, kept: str) -> None:
    answer = await client.post("/import", files={"file": (sent, b"a", "text/csv")})
    assert answer.json()["name"] == kept


async def test_the_largest_file_is_taken_and_no_larger_one(client: httpx.AsyncClient) -> None:
    taken = await client.post("/import", files={"file": ("m.csv", b"x" * LARGEST)})
    assert (taken.status_code, taken.json()["size"]) == (202, LARGEST)
    refused = await client.post("/import", files={"file": ("m.csv", b"x" * (LARGEST + 1))})
    assert (refused.status_code, refused.json()["code"]) == (413, "content-too-large")


async def test_a_form_that_says_it_is_huge_is_not_read(client: httpx.AsyncClient) -> None:
    headers = FORM | {"Content-Length": str(10**10)}
    answer = await client.post("/import", content=HEAD, headers=headers)
    assert answer.status_code == 413


async def test_an_endless_form_is_read_no_further_and_not_into_memory(
    client: httpx.AsyncClient,
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield HEAD
        while True:
            yield b"x" * 65_536

    tracemalloc.start()
    answer = await client.post("/import", content=endless(), headers=FORM)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 413
    assert peak < 2_000_000


async def test_another_field_or_none(client: httpx.AsyncClient) -> None:
    answer = await client.post("/import", files={"datei": ("m.csv", b"a")})
    assert errors_of(answer) == [("#", "unknown-field"), ("#/file", "missing-value")]


async def test_two_files(client: httpx.AsyncClient) -> None:
    files = [("file", ("a.csv", b"a")), ("file", ("b.csv", b"b"))]
    answer = await client.post("/import", files=files)
    assert errors_of(answer) == [("#/file", "too-many-items")]


@pytest.mark.parametrize("kind", ["text/csv", "multipart/form-data", "multipart/mixed; boundary=e"])
async def test_what_is_no_form(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post("/import", content=b"a", headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\r\n",
        HEAD + b"cut off",
        HEAD + b"cut\r\n--edge",
        b"--edge\r\nContent-Disposition: attachment\r\n\r\nx\r\n--edge--\r\n",
        b"--edge\r\n\xff\xfe: x\r\n\r\nx\r\n--edge--\r\n",
    ],
)
async def test_a_form_that_is_broken(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await client.post("/import", content=content, headers=FORM)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
