"""What stands in for AWS in the tests: servers on this machine, and names that nobody else has."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mentorbooking.adapters.aws.settings import AwsSettings
from tests.support.patience import PATIENCE
from tools.aws_local.dynoxide import DynoxideMissing, dynoxide
from tools.aws_local.moto import moto_server

__all__ = ["AWS_ENV", "any_dynamodb", "aws_settings", "dynoxide", "moto_server", "unique"]

REGION = "eu-west-1"
ENDPOINT = "MENTORBOOKING_DYNAMODB_ENDPOINT"
CLOSED = "http://127.0.0.1:9"
"""The discard port: nothing answers there."""

AWS_ENV = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
"""Credentials that open nothing, and nothing of what the machine's owner has set up."""

_OTHERS = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL")


@contextmanager
def fake_credentials() -> Iterator[None]:
    """Put ``AWS_ENV`` into the environment for as long as it is held."""
    with pytest.MonkeyPatch.context() as patch:
        for name in _OTHERS:
            patch.delenv(name, raising=False)
        for name, value in AWS_ENV.items():
            patch.setenv(name, value)
        yield


@contextmanager
def any_dynamodb() -> Iterator[str]:
    """Yield the endpoint that the environment names, else one of our own; skip without both."""
    given = os.environ.get(ENDPOINT)
    if given:
        yield given
        return
    try:
        with dynoxide() as endpoint:
            yield endpoint
    except DynoxideMissing as missing:
        pytest.skip(str(missing))


def unique(purpose: str) -> str:
    """Return a name that no other test has, good for tables, buckets, queues and topics."""
    return f"{purpose}-{secrets.token_hex(6)}"


def aws_settings(*, dynamodb: str | None = None, others: str | None = None) -> AwsSettings:
    """Return settings that reach servers on this machine, and never AWS.

    What isn't given is a closed port, so that a forgotten endpoint can't become a call to AWS.
    They are patient: tests share few processors with each other and with the servers.
    """
    return AwsSettings(
        region=REGION,
        dynamodb_endpoint=dynamodb or CLOSED,
        endpoint=others or CLOSED,
        connect_timeout=PATIENCE,
        read_timeout=PATIENCE,
        pool_timeout=PATIENCE,
    )
