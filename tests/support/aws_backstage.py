"""The service on AWS, played by servers on this machine, with names of its own for everything."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from hashlib import blake2s
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.aws.settings import AwsSettings
from mentorbooking.adapters.messages.dynamodb.messages import DynamoDBMessages
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.application.ports.messages import Messages
from mentorbooking.application.reactions import BOOKING_EXPORTS, MENTOR_IMPORTS
from mentorbooking.entrypoints.aws import ground
from mentorbooking.entrypoints.aws.foundation import AwsFoundation
from mentorbooking.entrypoints.aws.parts import Part, run_jobs, run_mail, run_outbox
from mentorbooking.entrypoints.aws.places import aws_settings_of, places_of
from mentorbooking.entrypoints.aws.service import aws_service
from mentorbooking.entrypoints.aws.setting_up import set_up
from mentorbooking.entrypoints.service import Service
from mentorbooking.entrypoints.settings import Settings
from tests.support.backstage import CHEAP, Backstage
from tests.support.moving_clock import MovingClock
from tests.support.patience import PATIENCE

SECRET = "a secret of this test and of nobody else"
SOON = timedelta(milliseconds=100)
"""Whoever stopped listening may still be given the message that wakes the next one."""

BESIDE: Sequence[Part] = (run_outbox, partial(run_jobs, queues=(MENTOR_IMPORTS,), poll=SOON))
"""What works by itself, so that tests see what is asked for before it is done."""

_RUN = secrets.token_hex(4)


@dataclass
class AwsBackstage:
    """``base`` is the service's."""

    service: Service
    base: AwsFoundation

    @property
    def messages(self) -> Messages:
        return DynamoDBMessages(self.base.work)

    async def make_exports(self, stop: asyncio.Event) -> None:
        await run_jobs(self.base, stop, queues=(BOOKING_EXPORTS,), poll=SOON)

    async def send_mails(self, stop: asyncio.Event) -> None:
        await run_mail(self.base, stop)

    async def objects(self, kind: str) -> Mapping[str, bytes]:
        s3, bucket = await self.base.clients.s3(), self.base.places.bucket
        listed = await s3.list_objects_v2(Bucket=bucket, Prefix=f"{kind}/")
        found = {}
        for each in listed.get("Contents", ()):
            answer = await s3.get_object(Bucket=bucket, Key=each["Key"])
            async with answer["Body"] as body:
                found[each["Key"]] = await body.read()
        return found


@dataclass(frozen=True)
class OnAws:
    """The backend at these endpoints: DynamoDB's, and that of all else.

    ``beside`` are the parts that work by themselves; ``projects``: so do the projections.
    ``lanes``: how many the log has. ``is_patient``: servers are waited for longer than AWS.
    """

    dynamodb: str
    others: str
    beside: Sequence[Part] = BESIDE
    projects: bool = True
    lanes: int = 1
    is_patient: bool = True
    name = "aws"

    def settings(self, folder: Path, **settings: Any) -> Settings:
        """Return settings whose names of tables and queues are the folder's own."""
        own = blake2s(str(folder).encode(), digest_size=8).hexdigest()
        wanted = {
            "backend": "aws",
            "data_dir": folder,
            "secret_key": SECRET,
            "aws_prefix": f"house-{_RUN}-{own}",
            "aws_endpoint": self.others,
            "dynamodb_endpoint": self.dynamodb,
            "lanes": self.lanes,
        }
        return Settings(**{**wanted, **settings})

    @asynccontextmanager
    async def running(
        self, folder: Path, clock: MovingClock, settings: Mapping[str, Any]
    ) -> AsyncIterator[Backstage]:
        wanted = self.settings(folder, **settings)
        await make_places(wanted)
        waiting = patient_clients() if self.is_patient else nullcontext()
        async with (
            waiting,
            aws_service(
                wanted, clock=clock, password_cost=CHEAP, beside=self.beside, projects=self.projects
            ) as service,
        ):
            assert isinstance(service.base, AwsFoundation)
            yield AwsBackstage(service, service.base)


@asynccontextmanager
async def patient_clients() -> AsyncIterator[None]:
    """Wait longer than for AWS: here servers and clients share few processors."""
    wanted = ground.aws_settings_of
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ground, "aws_settings_of", lambda settings: patient(wanted(settings)))
        patch.setattr(DynamoDBLog.open.__func__, "__kwdefaults__", {"patience": PATIENCE})
        yield


def patient(settings: AwsSettings) -> AwsSettings:
    return replace(settings, connect_timeout=PATIENCE, read_timeout=PATIENCE, pool_timeout=PATIENCE)


async def make_places(settings: Settings) -> None:
    """Make tables, bucket, queues and topics, as ``aws init`` does."""
    async with AwsClients(patient(aws_settings_of(settings))) as clients:
        await set_up(clients, places_of(settings), lambda _: None, lanes=settings.lanes)
