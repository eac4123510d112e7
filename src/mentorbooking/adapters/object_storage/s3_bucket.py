"""Making the bucket: closed to the public, and forgetting files after 30 days."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from mentorbooking.application.files.storage_keys import EXPORTS, IMPORTS

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client
    from types_aiobotocore_s3.type_defs import LifecycleRuleTypeDef

DAYS_KEPT: Final = 30
DAYS_UNFINISHED: Final = 1

_WITHOUT_CONSTRAINT = "us-east-1"


async def create_bucket(client: S3Client, bucket: str) -> None:
    """Make the bucket in the client's region and set it up; harmless when repeated.

    Raises botocore's ``ClientError``, say, if the name is somebody else's.
    """
    region = client.meta.region_name
    with suppress(client.exceptions.BucketAlreadyOwnedByYou):
        if region == _WITHOUT_CONSTRAINT:
            await client.create_bucket(Bucket=bucket)
        else:
            await client.create_bucket(
                Bucket=bucket,
                CreateBucketConfiguration={"LocationConstraint": region},  # type: ignore[typeddict-item]  # any region
            )
    await client.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    await client.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={
            "Rules": [
                *(_expiring(folder) for folder in (IMPORTS, EXPORTS)),
                {
                    "ID": "unfinished",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": DAYS_UNFINISHED},
                },
            ]
        },
    )


def _expiring(folder: str) -> LifecycleRuleTypeDef:
    return {
        "ID": folder,
        "Status": "Enabled",
        "Filter": {"Prefix": f"{folder}/"},
        "Expiration": {"Days": DAYS_KEPT},
    }
