"""Which mail sender a setting means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from mentorbooking.adapters.mail_sender.mime import Letterhead
from mentorbooking.application.notifications.facts import Mailbox
from mentorbooking.application.ports.mail_sender import MailSender

if TYPE_CHECKING:
    from mentorbooking.adapters.mail_sender.smtp import SmtpServer

_ALLOWED = "allowed are file:, smtp://user:password@host:port and smtps://user:password@host:port"
_HOW_TO_ESCAPE = "in user and password write @ as %40, : as %3A, / as %2F, # as %23, ? as %3F"
_PORTS = {"smtp": 25, "smtps": 465}


class InvalidMailUrlError(ValueError):
    """The setting means no mail sender. The text says what is allowed, and no password."""


def mail_sender_from_url(url: str, data_dir: Path, from_address: str, host: str) -> MailSender:
    """Make the sender; nothing is connected or written yet.

    ``from_address`` is ``Name <address>`` or a bare address, ``host`` ends the Message-IDs.
    Raises ``InvalidMailUrlError``, or ``ValueError`` for the other two.
    """
    letterhead = Letterhead(Mailbox.parse(from_address), host)
    scheme = url.partition(":")[0].lower()
    if url.lower() == "file:":
        from mentorbooking.adapters.mail_sender.files import EmlFiles

        return EmlFiles(data_dir / "mail", letterhead)
    if scheme in _PORTS:
        from mentorbooking.adapters.mail_sender.smtp import SmtpMail

        return SmtpMail(_smtp_server(scheme, url), letterhead)
    if scheme == "file":
        raise InvalidMailUrlError("file: takes no path; mail lies in the folder mail of the data")
    if scheme == "ses":
        raise InvalidMailUrlError("ses: comes with the AWS backend; on this one " + _ALLOWED)
    raise InvalidMailUrlError(_ALLOWED)


def _smtp_server(scheme: str, url: str) -> SmtpServer:
    from mentorbooking.adapters.mail_sender.smtp import SmtpServer

    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidMailUrlError(
            f"the host or the port is not one; {_ALLOWED}; {_HOW_TO_ESCAPE}"
        ) from None
    if not parts.hostname:
        raise InvalidMailUrlError(f"there is no host; {_ALLOWED}")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise InvalidMailUrlError(f"nothing may follow the port; {_ALLOWED}; {_HOW_TO_ESCAPE}")
    username, password = _credentials(parts)
    return SmtpServer(
        host=parts.hostname,
        port=port or _PORTS[scheme],
        implicit_tls=scheme == "smtps",
        username=username,
        password=password,
    )


def _credentials(parts: SplitResult) -> tuple[str, str]:
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(username) != bool(password):
        raise InvalidMailUrlError(f"user and password go together; {_HOW_TO_ESCAPE}")
    if not (username + password).isascii():
        raise InvalidMailUrlError("user and password may hold ASCII only")
    return username, password
