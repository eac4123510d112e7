"""Download links to S3 itself: presigned (Signature Version 4), for one object and GET only.

S3 answers them with the headers that the link asks for, which are signed as well. Files do not
pass through the service, so their size is no matter to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from mentorbooking.adapters.aws.clients import WhenNeeded
from mentorbooking.adapters.aws.failures import CALL_FAILED, failure_code
from mentorbooking.application.ports.identity import (
    LINK_LIFETIME,
    DownloadLink,
    DownloadLinks,
    InvalidLink,
)
from mentorbooking.application.ports.object_storage import StorageUnavailable, checked_key

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

CSV: Final = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class S3Links(DownloadLinks):
    """``client`` signs with Signature Version 4, and reaches S3 by the host that people do."""

    client: WhenNeeded[S3Client]
    bucket: str

    async def link(
        self,
        object_key: str,
        *,
        served_at: str,  # noqa: ARG002  the service does not serve it
        file_name: str,
        now: datetime,  # noqa: ARG002  botocore signs by the machine's clock, and S3 compares
    ) -> DownloadLink:
        client = await self.client()
        try:
            url = await client.generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self.bucket,
                    "Key": checked_key(object_key),
                    "ResponseContentType": CSV,
                    "ResponseContentDisposition": f'attachment; filename="{file_name}"',
                    "ResponseCacheControl": "private, no-store",
                },
                ExpiresIn=int(LINK_LIFETIME.total_seconds()),
                HttpMethod="GET",
            )
        except CALL_FAILED as error:  # no credentials, say
            raise StorageUnavailable(f"{object_key}: {failure_code(error)}") from error
        return DownloadLink(url, _signed_at(url) + LINK_LIFETIME)

    def check(self, object_key: str, query: str, now: datetime, *, method: str) -> None:  # noqa: ARG002
        """The service serves no file where S3 does, so that nothing opens one there."""
        raise InvalidLink("This is not a link for downloads.")


def _signed_at(url: str) -> datetime:
    (told,) = parse_qs(urlsplit(url).query)["X-Amz-Date"]
    return datetime.strptime(told, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
