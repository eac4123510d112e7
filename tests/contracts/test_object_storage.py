"""What every ObjectStorage promises. Add an adapter: add it to the fixture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import anyio
import pytest

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.object_storage.files import FileObjectStorage
from mentorbooking.adapters.object_storage.s3 import PART, S3ObjectStorage
from mentorbooking.adapters.object_storage.s3_bucket import create_bucket
from mentorbooking.application.ports.object_storage import (
    InvalidKey,
    ObjectMissing,
    ObjectStorage,
    StoredObject,
)
from tests.support.aws_servers import aws_settings, unique

pytestmark = pytest.mark.anyio

KEY = "booking-exports/20261121T120000Z-export_01/bookings.csv"


@pytest.fixture(params=["files", "s3"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ObjectStorage]:
    if request.param == "files":
        yield FileObjectStorage(tmp_path / "objects")
    else:
        moto = request.getfixturevalue("moto_endpoint")
        async with AwsClients(aws_settings(others=moto)) as clients:
            storage = S3ObjectStorage(clients.s3, unique("objects"))
            await create_bucket(await storage.client(), storage.bucket)
            yield storage


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece


async def broken_after(*content: bytes) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece
    raise RuntimeError("the upload broke off")


async def content_of(storage: ObjectStorage, key: str) -> bytes:
    return b"".join([piece async for piece in storage.read(key)])


async def test_what_was_put_can_be_read(storage: ObjectStorage) -> None:
    await storage.put(KEY, pieces(b"first,", b"second"))

    assert await content_of(storage, KEY) == b"first,second"


async def test_put_answers_size_and_hash(storage: ObjectStorage) -> None:
    stored = await storage.put(KEY, pieces(b"ab", b"", b"c"))

    assert stored == StoredObject(KEY, 3, sha256(b"abc").hexdigest())


async def test_an_object_may_be_empty(storage: ObjectStorage) -> None:
    await storage.put(KEY, pieces())

    assert await content_of(storage, KEY) == b""
    assert (await storage.stat(KEY)).size == 0


async def test_a_large_object_comes_back_whole_in_pieces(storage: ObjectStorage) -> None:
    block = bytes(range(256)) * 400
    await storage.put(KEY, pieces(*[block] * 12))

    got = [piece async for piece in storage.read(KEY)]

    assert b"".join(got) == block * 12
    assert len(got) > 1


@pytest.mark.parametrize("size", [PART - 1, PART, PART + 1, 2 * PART + 77])
async def test_an_object_of_several_parts_comes_back_whole(
    storage: ObjectStorage, size: int
) -> None:
    content = bytes(range(251)) * (size // 251 + 1)
    stored = await storage.put(KEY, pieces(content[: size // 3], content[size // 3 : size]))

    assert stored == StoredObject(KEY, size, sha256(content[:size]).hexdigest())
    assert sha256(await content_of(storage, KEY)).hexdigest() == stored.sha256


async def test_content_that_breaks_off_late_leaves_what_was_there(storage: ObjectStorage) -> None:
    await storage.put(KEY, pieces(b"old"))

    with pytest.raises(RuntimeError, match="broke off"):
        await storage.put(KEY, broken_after(bytes(PART), b"half of the second part"))

    assert await content_of(storage, KEY) == b"old"


async def test_reading_may_end_before_the_object_does(storage: ObjectStorage) -> None:
    await storage.put(KEY, pieces(bytes(3_000_000)))

    assert await anext(storage.read(KEY))

    assert (await storage.stat(KEY)).size == 3_000_000


async def test_putting_again_replaces(storage: ObjectStorage) -> None:
    await storage.put(KEY, pieces(b"old and longer"))
    await storage.put(KEY, pieces(b"new"))

    assert await content_of(storage, KEY) == b"new"
    assert (await storage.stat(KEY)).size == 3


async def test_content_that_breaks_off_leaves_what_was_there(storage: ObjectStorage) -> None:
    await storage.put(KEY, pieces(b"old"))

    with pytest.raises(RuntimeError, match="broke off"):
        await storage.put(KEY, broken_after(b"half of the new"))

    assert await content_of(storage, KEY) == b"old"


async def test_content_that_breaks_off_leaves_no_object(storage: ObjectStorage) -> None:
    with pytest.raises(RuntimeError):
        await storage.put(KEY, broken_after(b"half"))

    with pytest.raises(ObjectMissing):
        await storage.stat(KEY)


async def test_of_two_who_put_at_once_one_wins_whole(storage: ObjectStorage) -> None:
    contents = [bytes([letter]) * 300_000 for letter in b"abcd"]
    async with anyio.create_task_group() as group:
        for content in contents:
            group.start_soon(storage.put, KEY, pieces(content[:150_000], content[150_000:]))

    assert await content_of(storage, KEY) in contents


async def test_a_missing_object_says_so(storage: ObjectStorage) -> None:
    with pytest.raises(ObjectMissing):
        await storage.stat(KEY)
    with pytest.raises(ObjectMissing):
        await content_of(storage, KEY)


async def test_a_folder_of_keys_is_no_object(storage: ObjectStorage) -> None:
    await storage.put(KEY, pieces(b"x"))

    with pytest.raises(ObjectMissing):
        await storage.stat("booking-exports")
    with pytest.raises(ObjectMissing):
        await content_of(storage, "booking-exports")


async def test_deleting_is_harmless_when_repeated(storage: ObjectStorage) -> None:
    await storage.put(KEY, pieces(b"x"))
    await storage.delete(KEY)
    await storage.delete(KEY)

    with pytest.raises(ObjectMissing):
        await storage.stat(KEY)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "..",
        "../escape",
        "a/../../escape",
        "a/./b",
        "a//b",
        "a/",
        ".hidden",
        "a/.hidden",
        "a\\b",
        "a\0b",
        "a\n",
        "späße",
        "~root/x",
        "C:/x",
        "k" * 201,
        "/".join("k" * 300),
    ],
)
async def test_keys_that_could_lead_astray_are_refused(storage: ObjectStorage, key: str) -> None:
    with pytest.raises(InvalidKey):
        await storage.put(key, pieces(b"x"))
    with pytest.raises(InvalidKey):
        await content_of(storage, key)
    with pytest.raises(InvalidKey):
        await storage.stat(key)
    with pytest.raises(InvalidKey):
        await storage.delete(key)
