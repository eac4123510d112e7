"""How botocore is set up for each service: who retries, and for how long anything may take."""

from __future__ import annotations

from typing import Any

from mentorbooking.adapters.aws.settings import AwsSettings, Service

LONGEST_POLL = 20.0
"""Seconds that SQS lets a receiver wait at most."""

_ATTEMPTS: dict[Service, int] = {"dynamodb": 1, "s3": 2, "sqs": 2, "sns": 2, "sesv2": 1}
"""DynamoDB's retries need the reasons of a cancelled transaction, and a mail that may have gone
out is sent again by what keeps account of mails: both are tried once here."""


def options_for(
    settings: AwsSettings, service: Service, *, polling: bool = False
) -> dict[str, Any]:
    """Return the options that botocore's and aiobotocore's configurations share."""
    options: dict[str, Any] = {
        "connect_timeout": settings.connect_timeout,
        "read_timeout": settings.read_timeout + (LONGEST_POLL if polling else 0),
        "max_pool_connections": settings.connections,
        "retries": {"mode": "standard", "total_max_attempts": _ATTEMPTS[service]},
        "tcp_keepalive": True,
        "user_agent_appid": "mentorbooking",
    }
    if service == "dynamodb":
        options["account_id_endpoint_mode"] = "disabled"  # one host name, so one pool
        options["parameter_validation"] = False  # it takes as long as the rest of a request
    if service == "s3":
        options["signature_version"] = "s3v4"
        local = settings.endpoint_of("s3") is not None
        options["s3"] = {"addressing_style": "path" if local else "virtual"}
    return options
