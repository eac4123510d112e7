"""A mail as it travels: RFC 5322 and MIME, in 7 bits unless an address needs more (RFC 6532).

The alternatives are plain text, HTML and, with a calendar part, ``text/calendar``, which
Gmail and Outlook show as an invitation; the same entry is attached as ``invite.ics`` for
programs that look for a file. The same mail always gives the same bytes.

Header fields are encoded here and not parsed again, hence the older classes of ``email``:
``EmailMessage`` would parse every field that it is given, and take more than half of the time that
a mail takes. It would also decode a name that looks like an encoded word (RFC 2047), and could
bring line breaks along.
"""

from __future__ import annotations

import re
from email.charset import QP, Charset
from email.header import Header
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.policy import compat32
from email.utils import format_datetime

import msgspec

from mentorbooking.application.notifications.facts import Mailbox
from mentorbooking.application.notifications.plain_words import single_line
from mentorbooking.application.ports.mail_sender import MailRefused, OutgoingMail

_ON_THE_WIRE = compat32.clone(linesep="\r\n", cte_type="8bit", max_line_length=None)
_QUOTED_PRINTABLE = Charset("utf-8")
_QUOTED_PRINTABLE.body_encoding = QP
_ATOMS = r'([^\s\x00-\x1f\x7f@<>()\[\],;:"\\]+)'
_ADDRESS = re.compile(f"{_ATOMS}@{_ATOMS}")
_PLAIN_PHRASE = re.compile(r"[A-Za-z0-9 !'*+/_-]{0,60}")
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")


class Letterhead(msgspec.Struct, frozen=True):
    """Who every mail is from, and the host that Message-IDs end in."""

    sender: Mailbox
    host: str

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.sender.address):
            raise ValueError("mail can't be sent from what is not an e-mail address")
        if not _HOST.fullmatch(self.host):
            raise ValueError("the host of a Message-ID must be a name or an IP address")


def mime_bytes(mail: OutgoingMail, letterhead: Letterhead) -> bytes:
    """Put a mail into its form; ``MailRefused`` when its address can't be one.

    No part can hold a boundary: ``=_`` is in no text that is quoted-printable or base64.
    """
    fields = _fields(mail, letterhead)
    message = MIMEMultipart("alternative", boundary="=_alternative")
    message.attach(_text_part("plain", mail.text))
    message.attach(_text_part("html", mail.html))
    if mail.calendar:
        content = mail.calendar.content
        message.attach(_text_part("calendar", content.decode(), method=mail.calendar.method))
        alternatives = message
        message = MIMEMultipart("mixed", boundary="=_mixed")
        message.attach(alternatives)
        message.attach(_invitation(content))
    for name, value in fields.items():
        message[name] = value
    return message.as_bytes(policy=_ON_THE_WIRE)


def address_of(text: str) -> str:
    """Write an address as mail servers know it: its domain in ASCII (RFC 5891).

    ``MailRefused`` when it can't be an address. What is left beyond ASCII is the part before
    the ``@``; such an address needs SMTPUTF8 (RFC 6531).
    """
    match = _ADDRESS.fullmatch(text)
    if not match:
        raise MailRefused("not an e-mail address")
    local, domain = match.groups()
    return f"{local}@{domain if domain.isascii() else _ascii_domain(domain)}"


def _ascii_domain(domain: str) -> str:
    import idna

    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        raise MailRefused("not an e-mail address: its domain can't exist") from None


def _fields(mail: OutgoingMail, letterhead: Letterhead) -> dict[str, str]:
    sender, receiver = address_of(letterhead.sender.address), address_of(mail.to_address)
    return {
        "Message-ID": f"<{mail.message_id}@{letterhead.host}>",
        "Date": format_datetime(mail.sent_at),
        "From": _raw(_mailbox("From", letterhead.sender.name, sender)),
        "To": _raw(_mailbox("To", mail.to_name, receiver)),
        "Subject": _text("Subject", mail.subject),
        "Auto-Submitted": "auto-generated",
    }


def _text(field: str, words: str) -> str:
    """Encode words for a field without structure."""
    line = single_line(words)
    plain = line.isascii() and "=?" not in line
    return _encoded(field, line, "us-ascii" if plain else "utf-8")


def _mailbox(field: str, name: str, address: str) -> str:
    """Encode a name and an address; all but the plainest names as encoded words.

    So nothing stands in quotes, where old readers decode what they should not.
    """
    line = single_line(name)
    if _PLAIN_PHRASE.fullmatch(line):
        return f"{line} <{address}>" if line else address
    return f"{_encoded(field, line, 'utf-8')}\r\n <{address}>"


def _encoded(field: str, line: str, charset: str) -> str:
    return Header(line, charset, header_name=field).encode(linesep="\r\n")


def _raw(text: str) -> str:
    """Bring what is beyond ASCII to the wire as UTF-8 (RFC 6532), and not as encoded words."""
    return text.encode().decode("ascii", "surrogateescape")


def _text_part(subtype: str, text: str, **parameters: str) -> Message:
    part = Message()
    part.add_header("Content-Type", f"text/{subtype}", charset="utf-8", **parameters)
    part.set_payload(text, _QUOTED_PRINTABLE)
    return part


def _invitation(content: bytes) -> MIMEApplication:
    part = MIMEApplication(content, "ics", name="invite.ics")
    part.add_header("Content-Disposition", "attachment", filename="invite.ics")
    return part
