"""Where AWS is, or what speaks as it does, and how long it is waited for."""

from __future__ import annotations

from typing import Literal

import msgspec

Service = Literal["dynamodb", "s3", "sqs", "sns", "sesv2"]


class AwsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials are no part of it: botocore finds them as it does everywhere (environment,
    profile, role). Without an endpoint a service is AWS's own in the region.

    ``endpoint`` is for all but DynamoDB, which is served by another program wherever AWS is
    played on one machine; one that is set for a single service wins. Times are in seconds:
    to connect, until the next bytes of an answer, and until one of ``connections`` is free.
    """

    region: str = "eu-west-1"
    dynamodb_endpoint: str | None = None
    endpoint: str | None = None
    s3_endpoint: str | None = None
    sqs_endpoint: str | None = None
    sns_endpoint: str | None = None
    ses_endpoint: str | None = None
    connect_timeout: float = 1.0
    read_timeout: float = 3.0
    pool_timeout: float = 3.0
    connections: int = 64

    def endpoint_of(self, service: Service) -> str | None:
        """Return the URL that is set for a service; None for AWS's own."""
        match service:
            case "dynamodb":
                return self.dynamodb_endpoint
            case "s3":
                return self.s3_endpoint or self.endpoint
            case "sqs":
                return self.sqs_endpoint or self.endpoint
            case "sns":
                return self.sns_endpoint or self.endpoint
            case "sesv2":
                return self.ses_endpoint or self.endpoint
