"""What is S3's own: parts, the bucket's life-cycle, links, and days on which it is away."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.object_storage.s3 import PART, S3ObjectStorage
from mentorbooking.adapters.object_storage.s3_bucket import create_bucket
from mentorbooking.adapters.object_storage.s3_links import S3Links
from mentorbooking.application.ports.identity import InvalidLink
from mentorbooking.application.ports.object_storage import StorageUnavailable
from tests.support.aws_servers import aws_settings, unique
from tests.support.canned_server import canned_server
from tests.support.fixed import NOW
from tests.support.patience import SOON

pytestmark = pytest.mark.anyio

KEY = "booking-exports/20261121T120000Z-export_01/bookings.csv"


@pytest.fixture
async def storage(anyio_backend: str, moto_endpoint: str) -> AsyncIterator[S3ObjectStorage]:
    async with AwsClients(aws_settings(others=moto_endpoint)) as clients:
        storage = S3ObjectStorage(clients.s3, unique("objects"))
        await create_bucket(await storage.client(), storage.bucket)
        yield storage


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece


async def content_of(storage: S3ObjectStorage) -> bytes:
    return b"".join([piece async for piece in storage.read(KEY)])


async def unfinished(storage: S3ObjectStorage) -> int:
    found = await (await storage.client()).list_multipart_uploads(Bucket=storage.bucket)
    return len(found.get("Uploads", []))


async def test_an_upload_that_breaks_off_leaves_no_parts(storage: S3ObjectStorage) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield bytes(PART)
        assert await unfinished(storage) == 1
        raise RuntimeError("the upload broke off")

    with pytest.raises(RuntimeError, match="broke off"):
        await storage.put(KEY, broken())

    assert await unfinished(storage) == 0


async def test_an_upload_that_is_cancelled_leaves_no_parts(storage: S3ObjectStorage) -> None:
    waiting = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield bytes(PART)
        waiting.set()
        await asyncio.Event().wait()

    putting = asyncio.create_task(storage.put(KEY, endless()))
    await waiting.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting

    assert await unfinished(storage) == 0


async def test_memory_does_not_grow_with_the_object(storage: S3ObjectStorage) -> None:
    piece = bytes(256 * 1024)

    async def peak_of(size: int) -> int:
        tracemalloc.start()
        await storage.put(KEY, pieces(*[piece] * (size // len(piece))))
        assert sum([len(piece) async for piece in storage.read(KEY)]) == size
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    small, large = await peak_of(2 * PART), await peak_of(8 * PART)

    assert large < small + PART / 2


async def test_a_bucket_can_be_made_again_and_keeps_what_is_in_it(
    storage: S3ObjectStorage,
) -> None:
    await storage.put(KEY, pieces(b"kept"))
    await create_bucket(await storage.client(), storage.bucket)

    assert (await storage.stat(KEY)).size == 4


async def test_uploads_and_exports_expire_after_thirty_days(storage: S3ObjectStorage) -> None:
    found = await (await storage.client()).get_bucket_lifecycle_configuration(Bucket=storage.bucket)

    expiring = {
        rule["Filter"]["Prefix"]: rule["Expiration"]["Days"]
        for rule in found["Rules"]
        if "Expiration" in rule
    }
    assert expiring == {"mentors-import/": 30, "booking-exports/": 30}
    (unfinished,) = [rule for rule in found["Rules"] if "Expiration" not in rule]
    assert unfinished["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert {rule["Status"] for rule in found["Rules"]} == {"Enabled"}


async def test_a_bucket_is_closed_to_the_public(storage: S3ObjectStorage) -> None:
    found = await (await storage.client()).get_public_access_block(Bucket=storage.bucket)

    assert set(found["PublicAccessBlockConfiguration"].values()) == {True}


# -- links ---------------------------------------------------------------------


async def link_to(storage: S3ObjectStorage, key: str) -> tuple[str, datetime]:
    links = S3Links(storage.client, storage.bucket)
    return await links.link(key, served_at="https://unused", file_name="bookings-1.csv", now=NOW)


async def test_a_link_downloads_the_object_as_an_attachment(storage: S3ObjectStorage) -> None:
    await storage.put(KEY, pieces(b"booking_id\r\n"))
    url, _ = await link_to(storage, KEY)

    async with httpx.AsyncClient() as browser:
        answer = await browser.get(url)

    assert answer.content == b"booking_id\r\n"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="bookings-1.csv"'
    assert answer.headers["cache-control"] == "private, no-store"


async def test_a_link_is_signed_with_version_four_for_fifteen_minutes(
    storage: S3ObjectStorage,
) -> None:
    before = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251  botocore's clock
    url, expires_at = await link_to(storage, KEY)

    query = parse_qs(urlsplit(url).query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == ["900"]
    assert query["X-Amz-SignedHeaders"] == ["host"]
    assert timedelta() <= expires_at - before - timedelta(minutes=15) < timedelta(seconds=30)


async def test_links_differ_by_object(storage: S3ObjectStorage) -> None:
    signatures = {
        parse_qs(urlsplit((await link_to(storage, key))[0]).query)["X-Amz-Signature"][0]
        for key in (KEY, KEY + "x")
    }

    assert len(signatures) == 2


async def test_the_service_itself_opens_nothing_for_such_a_link(storage: S3ObjectStorage) -> None:
    url, _ = await link_to(storage, KEY)

    with pytest.raises(InvalidLink):
        S3Links(storage.client, storage.bucket).check(KEY, urlsplit(url).query, NOW, method="GET")


# -- bad days ------------------------------------------------------------------


async def test_a_storage_that_is_away_says_so_soon(aws_credentials: None) -> None:
    async with AwsClients(aws_settings()) as clients:
        storage = S3ObjectStorage(clients.s3, "nowhere")
        for call in (
            storage.put(KEY, pieces(b"x")),
            storage.put(KEY, pieces(bytes(PART), b"x")),
            storage.stat(KEY),
            storage.delete(KEY),
            content_of(storage),
        ):
            with pytest.raises(StorageUnavailable, match="EndpointConnectionError"):
                await asyncio.wait_for(call, SOON)


async def test_a_bucket_that_is_missing_is_no_missing_object(storage: S3ObjectStorage) -> None:
    nowhere = S3ObjectStorage(storage.client, unique("nowhere"))

    with pytest.raises(StorageUnavailable, match="NoSuchBucket"):
        await anext(nowhere.read(KEY))


async def test_an_object_that_breaks_off_is_not_taken_for_whole(aws_credentials: None) -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nfirst,second"
    async with (
        canned_server(half) as url,
        AwsClients(aws_settings(others=url)) as clients,
    ):
        storage = S3ObjectStorage(clients.s3, "bucket")
        with pytest.raises(StorageUnavailable):
            await content_of(storage)
