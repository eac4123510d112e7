"""What everything on AWS is called, and where AWS is."""

from __future__ import annotations

import os
from dataclasses import dataclass

from mentorbooking.adapters.aws.settings import AwsSettings
from mentorbooking.application.reactions import BOOKING_EXPORTS, MENTOR_IMPORTS
from mentorbooking.entrypoints.settings import Settings

JOB_QUEUES = (MENTOR_IMPORTS, BOOKING_EXPORTS)


@dataclass(frozen=True, slots=True)
class Places:
    """``prefix`` begins the names of queues and topics too."""

    prefix: str
    bucket: str

    @property
    def log(self) -> str:
        return f"{self.prefix}-log"

    @property
    def views(self) -> str:
        return f"{self.prefix}-views"

    @property
    def work(self) -> str:
        return f"{self.prefix}-work"


def places_of(settings: Settings) -> Places:
    prefix = settings.aws_prefix
    return Places(prefix, settings.aws_bucket or f"{prefix}-objects")


def aws_settings_of(settings: Settings) -> AwsSettings:
    """Return where AWS is; the region and credentials are named as for all of AWS's tools."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return AwsSettings(
        region=region or AwsSettings().region,
        dynamodb_endpoint=settings.dynamodb_endpoint,
        endpoint=settings.aws_endpoint,
    )
