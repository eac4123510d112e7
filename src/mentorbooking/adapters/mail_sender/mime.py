"""A mail as it travels: RFC 5322 and MIME, in 7 bits unless an address needs more (RFC 6532).

The alternatives are plain text, HTML and, with a calendar part, ``text/calendar``, which
Gmail and Outlook show as an invitation; the same entry is attached as ``invite.ics`` for
programs that look for a file. The same mail always gives the same bytes.

All mails have the same few parts, so they are put together here: ``EmailMessage`` would parse
every header field that it is given, and take more than half of the time that a mail takes. It
would also decode a name that looks like an encoded word (RFC 2047), and could bring line breaks
along.
"""

from __future__ import annotations

import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Sequence
from email.header import Header
from email.utils import format_datetime

import msgspec

from mentorbooking.application.notifications.facts import Mailbox
from mentorbooking.application.notifications.plain_words import single_line
from mentorbooking.application.ports.mail_sender import MailRefused, OutgoingMail

_LINE_BREAK = b"\r\n"
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
    """Put a mail into its form; ``MailRefused`` when its address can't be one."""
    headers = [field.encode() for field in _headers(mail, letterhead)]
    alternatives = [
        _lines_part("plain", mail.text.encode()),
        _lines_part("html", mail.html.encode()),
    ]
    if mail.calendar:
        method, content = mail.calendar.method, mail.calendar.content
        alternatives.append(_lines_part("calendar", content, f'; method="{method}"'))
    body = _multipart("alternative", mail.message_id, alternatives)
    if mail.calendar:
        body = _multipart("mixed", mail.message_id, [body, _invitation(mail.calendar.content)])
    return _LINE_BREAK.join([*headers, body])


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


def _headers(mail: OutgoingMail, letterhead: Letterhead) -> tuple[str, ...]:
    sender, receiver = address_of(letterhead.sender.address), address_of(mail.to_address)
    return (
        f"Message-ID: <{mail.message_id}@{letterhead.host}>",
        f"Date: {format_datetime(mail.sent_at)}",
        f"From: {_mailbox('From', letterhead.sender.name, sender)}",
        f"To: {_mailbox('To', mail.to_name, receiver)}",
        f"Subject: {_text('Subject', mail.subject)}",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
    )


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


def _multipart(kind: str, message_id: str, parts: Sequence[bytes]) -> bytes:
    """Put parts behind one another.

    None of them can hold the boundary: it begins with ``=_``, which is in no text that is
    quoted-printable or base64.
    """
    boundary = f"=_{kind}_{message_id}"
    between = f"--{boundary}".encode()
    header = f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"'.encode()
    lines = [line for part in parts for line in (between, part)]
    return _LINE_BREAK.join([header, b"", *lines, between + b"--", b""])


def _lines_part(subtype: str, content: bytes, parameters: str = "") -> bytes:
    kind = f'text/{subtype}; charset="utf-8"{parameters}'
    lines = _LINE_BREAK.join([*content.splitlines(), b""])
    return _part(kind, "quoted-printable", b2a_qp(lines, istext=True))


def _invitation(content: bytes) -> bytes:
    kind = 'application/ics; name="invite.ics"'
    disposition = b'Content-Disposition: attachment; filename="invite.ics"'
    encoded = encodebytes(content).replace(b"\n", _LINE_BREAK)
    return _LINE_BREAK.join([disposition, _part(kind, "base64", encoded)])


def _part(kind: str, encoding: str, encoded: bytes) -> bytes:
    header = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return header.encode() + encoded
