"""A mail server on this machine that delivers nothing and says in a line what it took."""

from __future__ import annotations

import email
import email.policy
from asyncio import Server
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class _Telling:
    """The server's handler."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    async def handle_DATA(  # noqa: N802  the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        mail = email.message_from_bytes(
            envelope.original_content or b"", policy=email.policy.default
        )
        self._tell(f"mail to {', '.join(envelope.rcpt_tos)}: {mail['subject'] or ''}")
        return "250 OK"


class _OnAnyPort(Controller):
    """Lets the system choose where port 0 is asked for."""

    def _trigger_server(self) -> None:
        if isinstance(self.server, Server):
            self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd's


@contextmanager
def mail_server(tell: Callable[[str], None], *, port: int = 0) -> Iterator[str]:
    """Run the server in a thread of its own and yield its URL; ``tell`` is called there."""
    controller = _OnAnyPort(_Telling(tell), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()
