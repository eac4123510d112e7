"""No words of people make a header, change one, or get lost in one."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mentorbooking.adapters.mail_sender.mime import Letterhead, mime_bytes
from mentorbooking.application.notifications.facts import Mailbox
from mentorbooking.application.notifications.plain_words import single_line
from mentorbooking.application.ports.mail_sender import CalendarPart
from tests.support.mail_facts import plain_mail

TRICKY = st.text(st.characters() | st.sampled_from('=?_"\\<>@,:;()\r\n éß名'), max_size=300)


def wire(words: str, *, sender: str = "Mentor Booking", host: str = "booking.example") -> bytes:
    mail = replace(
        plain_mail(),
        to_name=words,
        subject=words,
        calendar=CalendarPart("CANCEL", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
    )
    letterhead = Letterhead(Mailbox(sender, "no-reply@booking.example"), host)
    return mime_bytes(mail, letterhead)


def names_of_headers(content: bytes) -> list[str]:
    return message_from_bytes(content, policy=policy.default).keys()


HEADERS = names_of_headers(wire("Ada"))


@given(TRICKY)
def test_any_words_stay_within_their_header_and_are_read_as_written(words: str) -> None:
    content = wire(words)
    message = message_from_bytes(content, policy=policy.default)

    assert message.keys() == HEADERS
    assert str(message["Subject"]) == single_line(words)
    assert [address.addr_spec for address in message["To"].addresses] == ["ada@mentors.example"]
    as_written = message_from_bytes(content, policy=policy.compat32)["To"]
    name = as_written.removesuffix("<ada@mentors.example>").removesuffix("ada@mentors.example")
    assert str(make_header(decode_header(name.rstrip()))) == single_line(words)


@pytest.mark.parametrize(
    "words",
    [
        "Career\r\nBcc: eve@example.org",
        "Career\nBcc: eve@example.org\n\nHello",
        "=?utf-8?q?Career=0D=0ABcc=3A_eve=40example.org?=",
        "=?utf-8?b?QmNjOiBldmVAZXhhbXBsZS5vcmc=?=",
        'Ada" <eve@example.org>, "',
        "Ada, eve@example.org",
        "Ünï <eve@example.org>, " * 10,
    ],
)
def test_nobody_is_added_to_a_mail(words: str) -> None:
    message = message_from_bytes(wire(words), policy=policy.default)

    assert "Bcc" not in message
    assert [address.addr_spec for address in message["To"].addresses] == ["ada@mentors.example"]
    assert str(message["Subject"]) == single_line(words)


@given(TRICKY)
def test_every_line_is_short_and_in_seven_bits(words: str) -> None:
    content = wire(words)

    assert content.isascii()
    longest_plain_words = max([0, *map(len, single_line(words).split())])
    for line in content.split(b"\r\n"):
        assert b"\n" not in line
        assert b"\r" not in line
        assert len(line) <= max(78, longest_plain_words + len("Subject: "))


def test_the_name_of_the_sender_is_encoded_too() -> None:
    message = message_from_bytes(wire("Ada", sender="Büro, \r\nX: y"), policy=policy.default)

    assert message.keys() == HEADERS
    assert message["From"].addresses[0].display_name == "Büro, X: y"
    assert message["From"].addresses[0].addr_spec == "no-reply@booking.example"


def test_a_long_host_does_not_break_the_message_id() -> None:
    host = f"{'a' * 60}.{'b' * 60}.example"

    assert f"Message-ID: <message_01h455vb4pex5vsknk084sn02q@{host}>\r\n".encode() in wire(
        "Ada", host=host
    )


@pytest.mark.parametrize("host", ["", "a b", "booking.example\r\nBcc: eve@example.org", "a@b", "ü"])
def test_a_host_that_is_none_makes_no_letterhead(host: str) -> None:
    with pytest.raises(ValueError, match="host"):
        Letterhead(Mailbox("", "no-reply@booking.example"), host)


def test_a_sender_without_address_makes_no_letterhead() -> None:
    with pytest.raises(ValueError, match="e-mail address"):
        Letterhead(Mailbox("Mentor Booking", "nobody"), "booking.example")


def test_people_without_a_name_are_reached_by_their_address_alone() -> None:
    message = message_from_bytes(wire("", sender=""), policy=policy.default)

    assert message["To"] == "ada@mentors.example"
    assert message["From"] == "no-reply@booking.example"
