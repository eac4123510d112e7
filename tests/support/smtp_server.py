"""A real mail server on loopback, which keeps what it takes and can be told to refuse."""

from __future__ import annotations

import ssl
from asyncio import Server
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

USERNAME, PASSWORD = "mailer", "p@ss:w/rd"


@dataclass
class Taken:
    """One mail that the server took."""

    sender: str
    receivers: list[str]
    content: bytes
    encrypted: bool
    signed_in: bool


@dataclass
class Postbox:
    """The server's handler. The answers are whole replies; None means yes."""

    to_recipient: str | None = None
    to_sender: str | None = None
    to_data: str | None = None
    taken: list[Taken] = field(default_factory=list)
    greetings: list[str] = field(default_factory=list)

    async def handle_EHLO(  # noqa: N802  the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: Any
    ) -> Any:
        session.host_name = hostname
        self.greetings.append(hostname)
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.to_sender:
            return self.to_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.to_recipient:
            return self.to_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.to_data:
            return self.to_data
        self.taken.append(
            Taken(
                sender=envelope.mail_from or "",
                receivers=envelope.rcpt_tos,
                content=envelope.original_content or b"",
                encrypted=session.ssl is not None,
                signed_in=bool(session.authenticated),
            )
        )
        return "250 OK"


class _OnAnyPort(Controller):
    """Lets the system choose a free port, so that none is chosen twice."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd's


@contextmanager
def smtp_server(
    postbox: Postbox,
    *,
    hostname: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    with_login: bool = False,
    utf8_addresses: bool = True,
) -> Iterator[Controller]:
    """Run the server in a thread of its own."""

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: Any, data: Any) -> Any:
        right = (data.login, data.password) == (USERNAME.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=right)

    controller = _OnAnyPort(
        postbox,
        hostname=hostname,
        port=port,
        ssl_context=tls,
        tls_context=starttls,
        enable_SMTPUTF8=utf8_addresses,
        authenticator=authenticate if with_login else None,
        auth_require_tls=False,
        server_hostname="mail.example",
    )
    controller.start()
    try:
        yield controller
    finally:
        controller.stop()
