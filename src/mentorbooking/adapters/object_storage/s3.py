"""``ObjectStorage`` on S3: every object is one of the bucket's, under its key.

Content that fits into one part is put at once; more is put in parts, of which one is in memory
at a time. S3 shows an object when its last part is confirmed, so it is there whole or not at
all. What was begun and not finished is given up at once, or by the bucket's life-cycle if the
process died. S3 checks each part against the checksum that botocore sends along.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from mentorbooking.adapters.aws.clients import WhenNeeded
from mentorbooking.adapters.aws.failures import CALL_FAILED, failure_code
from mentorbooking.application.ports.object_storage import (
    ObjectMissing,
    ObjectStat,
    ObjectStorage,
    StorageUnavailable,
    StoredObject,
    checked_key,
)

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client
    from types_aiobotocore_s3.type_defs import CompletedPartTypeDef

PART: Final = 5 * 1024 * 1024
"""What S3 takes at least of every part but the last; there may be 10,000 of them."""

BLOCK: Final = 256 * 1024

_MISSING = frozenset({"NoSuchKey", "NotFound", "404"})


@dataclass(frozen=True, slots=True)
class S3ObjectStorage(ObjectStorage):
    """The bucket is made by ``s3_bucket.create_bucket``."""

    client: WhenNeeded[S3Client]
    bucket: str

    async def put(self, key: str, content: AsyncIterable[bytes]) -> StoredObject:
        upload = _Upload(await self.client(), self.bucket, checked_key(key))
        try:
            async for piece in content:
                await upload.add(piece)
            return await upload.finish()
        except BaseException:
            await asyncio.shield(upload.give_up())
            raise

    async def read(self, key: str) -> AsyncIterator[bytes]:
        checked_key(key)
        client = await self.client()
        with _calling(key):
            found = await client.get_object(Bucket=self.bucket, Key=key)
        body = found["Body"]
        async with body:
            while True:
                with _calling(key):
                    piece = await body.read(BLOCK)
                if not piece:
                    return
                yield piece

    async def stat(self, key: str) -> ObjectStat:
        checked_key(key)
        client = await self.client()
        with _calling(key):
            found = await client.head_object(Bucket=self.bucket, Key=key)
        return ObjectStat(key, found["ContentLength"])

    async def delete(self, key: str) -> None:
        checked_key(key)
        client = await self.client()
        with _calling(key):
            await client.delete_object(Bucket=self.bucket, Key=key)


class _Upload:
    """One object under way. Nothing is sent before a part is full."""

    def __init__(self, client: S3Client, bucket: str, key: str) -> None:
        self._client, self._bucket, self._key = client, bucket, key
        self._digest, self._size = sha256(), 0
        self._gathered: list[bytes] = []
        self._gathered_size = 0
        self._upload_id: str | None = None
        self._parts: list[CompletedPartTypeDef] = []

    async def add(self, piece: bytes) -> None:
        self._digest.update(piece)
        self._size += len(piece)
        self._gathered.append(piece)
        self._gathered_size += len(piece)
        if self._gathered_size >= PART:
            await self._send_part()

    async def finish(self) -> StoredObject:
        if self._upload_id is None:
            with _calling(self._key):
                await self._client.put_object(
                    Bucket=self._bucket, Key=self._key, Body=self._take_gathered()
                )
        else:
            if self._gathered_size:
                await self._send_part()
            with _calling(self._key):
                await self._client.complete_multipart_upload(
                    Bucket=self._bucket,
                    Key=self._key,
                    UploadId=self._upload_id,
                    MultipartUpload={"Parts": self._parts},
                )
        return StoredObject(self._key, self._size, self._digest.hexdigest())

    async def give_up(self) -> None:
        """Let S3 forget the parts; where that fails too, the bucket's life-cycle does."""
        if self._upload_id is None:
            return
        with suppress(*CALL_FAILED):
            await self._client.abort_multipart_upload(
                Bucket=self._bucket, Key=self._key, UploadId=self._upload_id
            )

    async def _send_part(self) -> None:
        number = len(self._parts) + 1
        with _calling(self._key):
            if self._upload_id is None:
                begun = await self._client.create_multipart_upload(
                    Bucket=self._bucket, Key=self._key, ChecksumAlgorithm="CRC32"
                )
                self._upload_id = begun["UploadId"]
            sent = await self._client.upload_part(
                Bucket=self._bucket,
                Key=self._key,
                UploadId=self._upload_id,
                PartNumber=number,
                Body=self._take_gathered(),
                ChecksumAlgorithm="CRC32",
            )
        self._parts.append(
            {"PartNumber": number, "ETag": sent["ETag"], "ChecksumCRC32": sent["ChecksumCRC32"]}
        )

    def _take_gathered(self) -> bytes:
        content = b"".join(self._gathered)
        self._gathered, self._gathered_size = [], 0
        return content


@contextmanager
def _calling(key: str) -> Iterator[None]:
    try:
        yield
    except CALL_FAILED as error:
        code = failure_code(error)
        if code in _MISSING:
            raise ObjectMissing(key) from error
        raise StorageUnavailable(f"{key}: {code}") from error
