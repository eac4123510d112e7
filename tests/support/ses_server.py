"""SES on this machine, in this process: what it has taken can be looked at only from inside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import RawMessage, ses_backends

from tests.support.aws_servers import REGION
from tests.support.moto_inside import moto_inside


@dataclass(frozen=True)
class SesServer:
    """``verify`` lets mail be sent from an address."""

    endpoint: str

    def verify(self, address: str) -> None:
        ses_backends[DEFAULT_ACCOUNT_ID][REGION].verify_email_identity(address)

    def taken(self) -> list[RawMessage]:
        sent = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
        return [message for message in sent if isinstance(message, RawMessage)]

    def forget_all(self) -> None:
        ses_backends[DEFAULT_ACCOUNT_ID][REGION].reset()


@contextmanager
def ses_server() -> Iterator[SesServer]:
    with moto_inside() as endpoint:
        yield SesServer(endpoint)
