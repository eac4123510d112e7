"""Which mail sender a setting means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from mentorbooking.adapters.mail_sender.mime import Letterhead
from mentorbooking.application.notifications.facts import Mailbox
from mentorbooking.application.ports.mail_sender import MailSender

if TYPE_CHECKING:
    from types_aiobotocore_sesv2 import SESV2Client

    from mentorbooking.adapters.mail_sender.ses import SESMailSender
    from mentorbooking.adapters.mail_sender.smtp import SmtpServer

_ALLOWED = "allowed are file:, smtp://user:password@host:port and smtps://user:password@host:port"
_HOW_TO_ESCAPE = "in user and password write @ as %40, : as %3A, / as %2F, # as %23, ? as %3F"
_PORTS = {"smtp": 25, "smtps": 465}


class InvalidMailUrl(ValueError):
    """The setting means no mail sender. The text says what is allowed, and no password."""


def mail_sender_from_url(
    url: str, data_dir: Path, from_address: str, host: str, *, ses: SESV2Client | None = None
) -> MailSender:
    """Make the sender; nothing is connected or written yet.

    ``from_address`` is ``Name <address>`` or a bare address, ``host`` ends the Message-IDs.
    ``ses`` is there where AWS is; see ``is_ses`` for whether it is needed.
    Raises ``InvalidMailUrl``, or ``ValueError`` for the other two.
    """
    letterhead = Letterhead(Mailbox.parse(from_address), host)
    scheme = url.partition(":")[0].lower()
    if url.lower() == "file:":
        from mentorbooking.adapters.mail_sender.files import FileMailSender

        return FileMailSender(data_dir / "mail", letterhead)
    if scheme in _PORTS:
        from mentorbooking.adapters.mail_sender.smtp import SMTPMailSender

        return SMTPMailSender(_smtp_server(scheme, url), letterhead)
    if scheme == "file":
        raise InvalidMailUrl("file: takes no path; mail lies in the folder mail of the data")
    if is_ses(url):
        return _ses_mail(url, letterhead, ses)
    raise InvalidMailUrl(_ALLOWED)


def is_ses(url: str) -> bool:
    """Tell whether a setting means SES, whose client its sender is given."""
    return url.partition(":")[0].lower() == "ses"


def _ses_mail(url: str, letterhead: Letterhead, client: SESV2Client | None) -> SESMailSender:
    from mentorbooking.adapters.mail_sender.ses import SESMailSender

    if client is None:
        raise InvalidMailUrl("ses: comes with the AWS backend; on this one " + _ALLOWED)
    if url.lower() != "ses:":
        raise InvalidMailUrl("nothing may follow ses:; its region is that of AWS_REGION")
    return SESMailSender(client, letterhead)


def _smtp_server(scheme: str, url: str) -> SmtpServer:
    from mentorbooking.adapters.mail_sender.smtp import SmtpServer

    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidMailUrl(
            f"the host or the port is not one; {_ALLOWED}; {_HOW_TO_ESCAPE}"
        ) from None
    if not parts.hostname:
        raise InvalidMailUrl(f"there is no host; {_ALLOWED}")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise InvalidMailUrl(f"nothing may follow the port; {_ALLOWED}; {_HOW_TO_ESCAPE}")
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
        raise InvalidMailUrl(f"user and password go together; {_HOW_TO_ESCAPE}")
    if not (username + password).isascii():
        raise InvalidMailUrl("user and password may hold ASCII only")
    return username, password
