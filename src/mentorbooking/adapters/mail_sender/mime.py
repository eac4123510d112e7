"""A mail as it travels: RFC 5322 and MIME, in 7 bits unless an address needs more (RFC 6532).

The alternatives are plain text, HTML and, with a calendar part, ``text/calendar``, which
Gmail and Outlook show as an invitation; the same entry is attached as ``invite.ics`` for
programs that look for a file. The same mail always gives the same bytes.

The header fields that people's words can reach are encoded here, then parsed back, and
written out as they stand. Assigned to an ``EmailMessage`` instead, a name that looks like an
encoded word (RFC 2047) would be decoded on the way in, and could bring line breaks along.
"""

from __future__ import annotations

import re
from email.header import Header
from email.message import EmailMessage
from email.parser import Parser
from email.policy import SMTP
from email.utils import format_datetime

import msgspec

from mentorbooking.application.notifications.facts import Mailbox
from mentorbooking.application.notifications.plain_words import single_line
from mentorbooking.application.ports.mail_sender import MailRefused, OutgoingMail

_ASCII = SMTP.clone(refold_source="none", max_line_length=76)
_UTF8 = _ASCII.clone(utf8=True)
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


def mime_message(mail: OutgoingMail, letterhead: Letterhead) -> EmailMessage:
    """Put a mail into its form; ``MailRefused`` when its address can't be one."""
    message = _with_headers(mail, letterhead)
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    if mail.calendar:
        message.add_alternative(
            mail.calendar.content.decode(),
            subtype="calendar",
            params={"method": mail.calendar.method},
            cte="quoted-printable",
        )
    message.set_boundary(f"=_alternative_{mail.message_id}")
    if mail.calendar:
        message.add_attachment(
            mail.calendar.content,
            maintype="application",
            subtype="ics",
            params={"name": "invite.ics"},
            filename="invite.ics",
        )
        message.set_boundary(f"=_mixed_{mail.message_id}")
    return message


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


def _with_headers(mail: OutgoingMail, letterhead: Letterhead) -> EmailMessage:
    sender, receiver = address_of(letterhead.sender.address), address_of(mail.to_address)
    fields = (
        f"Message-ID: <{mail.message_id}@{letterhead.host}>",
        f"Date: {format_datetime(mail.sent_at)}",
        f"From: {_mailbox('From', letterhead.sender.name, sender)}",
        f"To: {_mailbox('To', mail.to_name, receiver)}",
        f"Subject: {_text('Subject', mail.subject)}",
        "Auto-Submitted: auto-generated",
    )
    policy = _ASCII if (sender + receiver).isascii() else _UTF8
    return Parser(EmailMessage, policy=policy).parsestr("\n".join(fields) + "\n\n")


def _text(field: str, words: str) -> str:
    """Encode words for a field without structure."""
    line = single_line(words)
    plain = line.isascii() and "=?" not in line
    return Header(line, "us-ascii" if plain else "utf-8", header_name=field).encode()


def _mailbox(field: str, name: str, address: str) -> str:
    """Encode a name and an address; all but the plainest names as encoded words.

    So nothing stands in quotes, where old readers decode what they should not.
    """
    line = single_line(name)
    if _PLAIN_PHRASE.fullmatch(line):
        return f"{line} <{address}>" if line else address
    return f"{Header(line, 'utf-8', header_name=field).encode()}\n <{address}>"
