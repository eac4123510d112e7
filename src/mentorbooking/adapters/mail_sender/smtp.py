"""Mail through any SMTP server (RFC 5321), over one connection that is kept between mails.

At least once: when the connection breaks between the server's yes and our reading of it, the
mail is sent again, with the same Message-ID. What the server says is not passed on, because
servers repeat the address in it; only its codes are (RFC 5321, section 4.2; RFC 3463).
"""

from __future__ import annotations

import asyncio
import re
import smtplib
import ssl
from contextlib import suppress
from ipaddress import ip_address
from threading import Lock

import msgspec

from mentorbooking.adapters.mail_sender.mime import Letterhead, address_of, mime_bytes
from mentorbooking.application.ports.mail_sender import (
    MailRefused,
    MailSender,
    MailUnavailable,
    OutgoingMail,
)

_ENHANCED_CODE = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")


class SmtpServer(msgspec.Struct, frozen=True, kw_only=True):
    """Where it is and how to get in.

    With ``implicit_tls`` the connection is encrypted from its first byte, otherwise as soon
    as the server offers STARTTLS. ``timeout`` in seconds, for each step.
    """

    host: str
    port: int
    implicit_tls: bool = False
    username: str = ""
    password: str = ""
    timeout: float = 10.0

    def __repr__(self) -> str:
        return f"SmtpServer({self.host}:{self.port})"


class SMTPMailSender(MailSender):
    """Sends through one server, one mail after the other."""

    def __init__(self, server: SmtpServer, letterhead: Letterhead) -> None:
        self._server = server
        self._letterhead = letterhead
        self._connection: smtplib.SMTP | None = None
        self._one_at_a_time = Lock()

    async def send(self, mail: OutgoingMail) -> None:
        await asyncio.to_thread(self.deliver, mail)

    async def close(self) -> None:
        await asyncio.to_thread(self.disconnect)

    def deliver(self, mail: OutgoingMail) -> None:
        """Hand a mail over and return once the server has taken it."""
        content = mime_bytes(mail, self._letterhead)
        sender = address_of(self._letterhead.sender.address)
        with self._one_at_a_time:
            _hand_over(self._connected(), content, sender, address_of(mail.to_address))

    def disconnect(self) -> None:
        """Say good-bye to the server, if there is a connection."""
        with self._one_at_a_time:
            if self._connection:
                with suppress(OSError):
                    self._connection.quit()
            self._drop()

    def _connected(self) -> smtplib.SMTP:
        """Return the connection, or a new one when the server has closed it meanwhile."""
        if self._connection and _is_alive(self._connection):
            return self._connection
        self._drop()
        self._connection = _connect(self._server, self._letterhead.host)
        return self._connection

    def _drop(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None


def _is_alive(connection: smtplib.SMTP) -> bool:
    try:
        code, _ = connection.noop()
    except OSError:
        return False
    return code == 250


def _connect(server: SmtpServer, greeting: str) -> smtplib.SMTP:
    try:
        connection = _open(server, _ehlo_name(greeting))
    except OSError as error:
        raise MailUnavailable(f"the server can't be reached: {_reason(error)}") from None
    try:
        _enter(connection, server)
    except OSError as error:
        connection.close()
        raise MailUnavailable(f"the server does not let us in: {_reason(error)}") from None
    except MailUnavailable:
        connection.close()
        raise
    return connection


def _open(server: SmtpServer, greeting: str) -> smtplib.SMTP:
    if server.implicit_tls:
        return smtplib.SMTP_SSL(
            server.host,
            server.port,
            local_hostname=greeting,
            timeout=server.timeout,
            context=ssl.create_default_context(),
        )
    return smtplib.SMTP(server.host, server.port, local_hostname=greeting, timeout=server.timeout)


def _enter(connection: smtplib.SMTP, server: SmtpServer) -> None:
    """Encrypt what can be encrypted, then sign in. A password never crosses a net in clear."""
    connection.ehlo_or_helo_if_needed()
    encrypted = server.implicit_tls
    if not encrypted and connection.has_extn("starttls"):
        connection.starttls(context=ssl.create_default_context())
        encrypted = True
    if server.username:
        if not encrypted and not _is_this_machine(connection):
            raise MailUnavailable("the server offers no TLS, so the password was not sent")
        connection.login(server.username, server.password)


def _is_this_machine(connection: smtplib.SMTP) -> bool:
    sock = connection.sock
    return sock is not None and ip_address(sock.getpeername()[0]).is_loopback


def _hand_over(connection: smtplib.SMTP, content: bytes, sender: str, receiver: str) -> None:
    options = () if (sender + receiver).isascii() else ("SMTPUTF8", "BODY=8BITMIME")
    try:
        connection.sendmail(sender, receiver, content, options)
    except smtplib.SMTPRecipientsRefused as refusal:
        code, reply = next(iter(refusal.recipients.values()))
        raise _verdict(code, reply, "the recipient") from None
    except smtplib.SMTPDataError as refusal:
        raise _verdict(refusal.smtp_code, refusal.smtp_error, "the mail") from None
    except smtplib.SMTPNotSupportedError:
        raise MailRefused("the server takes no address beyond ASCII (SMTPUTF8)") from None
    except OSError as error:
        raise MailUnavailable(f"the mail was not taken: {_reason(error)}") from None


def _verdict(code: int, reply: bytes | str, what: str) -> MailRefused | MailUnavailable:
    kind = MailRefused if 500 <= code < 600 else MailUnavailable
    return kind(f"the server refused {what} ({_codes(code, reply)})")


def _reason(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _codes(error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPException):
        return type(error).__name__
    return error.strerror or type(error).__name__


def _codes(code: int, reply: bytes | str) -> str:
    words = reply.encode() if isinstance(reply, str) else reply
    enhanced = _ENHANCED_CODE.match(words)
    return f"{code} {enhanced.group().decode()}" if enhanced else str(code)


def _ehlo_name(host: str) -> str:
    """Name ourselves to the server; an IP address stands in brackets (RFC 5321, 4.1.3)."""
    return f"[{host}]" if re.fullmatch(r"[0-9.]+", host) else host
