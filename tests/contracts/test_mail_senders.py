"""What every mail sender promises, over files, a real SMTP server on loopback, and SES as
moto plays it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from icalendar import Calendar
from msgspec.structs import replace

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.mail_sender.from_url import mail_sender_from_url
from mentorbooking.application.notifications import booking_created
from mentorbooking.application.notifications.facts import Mailbox
from mentorbooking.application.ports.mail_sender import MailRefused, MailSender
from tests.support.aws_servers import aws_settings
from tests.support.mail_facts import BOOKED_AT, MENTOR, SERVICE, STUDENT, by_student, session
from tests.support.ses_server import SesServer, ses_server
from tests.support.smtp_server import Postbox, smtp_server

pytestmark = pytest.mark.anyio

MAIL = booking_created.to_student(
    booking_created.Facts(
        service=SERVICE,
        session=session(title="Ünï, cödé", description="a line\n.\n..two dots\nFrom here\n" * 50),
        booked_by=by_student(),
        at=BOOKED_AT,
    )
).addressed(
    Mailbox("Lovelace, Ada “名前”", MENTOR.address),
    message_id="message_01h455vb4pex5vsknk084sn02q",
    at=datetime(2026, 11, 21, 9, 31, 5, tzinfo=UTC),
)


FROM, HOST = "Mentor Booking <no-reply@booking.example>", "booking.example"


class PostOffice:
    """A sender, and what has arrived at its other end."""

    def __init__(self, kind: str, sender: MailSender, arrived: Callable[[], list[bytes]]) -> None:
        self.kind = kind
        self.sender = sender
        self._arrived = arrived

    def arrived(self) -> list[EmailMessage]:
        return [message_from_bytes(content, policy=default) for content in self._arrived()]


@pytest.fixture(scope="module")
def ses(aws_credentials: None) -> Iterator[SesServer]:
    with ses_server() as server:
        yield server


async def ses_office(server: SesServer, folder: Path) -> AsyncIterator[PostOffice]:
    server.forget_all()
    server.verify("no-reply@booking.example")
    async with AwsClients(aws_settings(others=server.endpoint)) as clients:
        sender = mail_sender_from_url("ses:", folder, FROM, HOST, ses=await clients.ses())
        yield PostOffice(
            "ses", sender, lambda: [taken.raw_data.encode() for taken in server.taken()]
        )
        await sender.close()


@pytest.fixture(params=["file", "smtp", "ses"])
async def post(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PostOffice]:
    if request.param == "ses":
        async for office in ses_office(request.getfixturevalue("ses"), tmp_path):
            yield office
        return
    with ExitStack() as stack:
        postbox = Postbox()
        if request.param == "smtp":
            server = stack.enter_context(smtp_server(postbox))
            url = f"smtp://127.0.0.1:{server.port}"
        else:
            url = "file:"
        sender = mail_sender_from_url(url, tmp_path, FROM, HOST)

        def arrived() -> list[bytes]:
            if request.param == "smtp":
                return [taken.content for taken in postbox.taken]
            return [path.read_bytes() for path in sorted((tmp_path / "mail").iterdir())]

        yield PostOffice(request.param, sender, arrived)
        await sender.close()


def content_of(message: EmailMessage, kind: str) -> str:
    for part in message.walk():
        if part.get_content_type() == kind:
            assert isinstance(part, EmailMessage)
            return str(part.get_content()).replace("\r\n", "\n")
    raise AssertionError(f"no part is {kind}")


async def test_what_was_sent_arrives_as_it_was_given(post: PostOffice) -> None:
    await post.sender.send(MAIL)

    (message,) = post.arrived()
    assert message["Subject"] == MAIL.subject
    assert message["From"] == FROM
    (receiver,) = message["To"].addresses
    assert (receiver.display_name, receiver.addr_spec) == (MAIL.to_name, MAIL.to_address)
    assert message["Date"].datetime == MAIL.sent_at
    assert message["Auto-Submitted"] == "auto-generated"
    assert content_of(message, "text/plain") == MAIL.text
    assert content_of(message, "text/html") == MAIL.html
    assert message.defects == []


async def test_the_calendar_part_arrives_as_an_alternative_and_as_a_file(post: PostOffice) -> None:
    await post.sender.send(MAIL)

    (message,) = post.arrived()
    assert MAIL.calendar is not None
    (alternative,) = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    assert alternative.get_param("method") == "REQUEST"
    assert alternative.get_payload(decode=True) == MAIL.calendar.content
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "invite.ics"
    assert attached.get_payload(decode=True) == MAIL.calendar.content
    (entry,) = Calendar.from_ical(attached.get_content()).events
    assert entry["UID"] == "booking_01h455vb4pex5vsknk084sn02q@mentorbooking"
    assert [attendee.email for attendee in entry.attendees] == [STUDENT.address, MENTOR.address]


async def test_a_mail_without_calendar_has_two_alternatives_and_no_attachment(
    post: PostOffice,
) -> None:
    await post.sender.send(replace(MAIL, calendar=None))

    (message,) = post.arrived()
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


async def test_a_repeat_has_the_same_message_id_and_with_files_it_is_the_same_file(
    post: PostOffice,
) -> None:
    await post.sender.send(MAIL)
    await post.sender.send(replace(MAIL, sent_at=datetime(2026, 11, 22, tzinfo=UTC)))

    messages = post.arrived()
    assert {message["Message-ID"] for message in messages} == {
        "<message_01h455vb4pex5vsknk084sn02q@booking.example>"
    }
    assert len(messages) == (1 if post.kind == "file" else 2)


async def test_mails_sent_at_the_same_time_all_arrive(post: PostOffice) -> None:
    mails = [replace(MAIL, message_id=f"message_{number}") for number in range(8)]

    async with asyncio.TaskGroup() as group:
        for mail in mails:
            group.create_task(post.sender.send(mail))

    assert sorted(message["Message-ID"] for message in post.arrived()) == [
        f"<message_{number}@booking.example>" for number in range(8)
    ]


async def test_of_several_mails_each_has_its_own_outcome(post: PostOffice) -> None:
    mails = [replace(MAIL, message_id=f"message_{number}") for number in range(7)]
    mails[3] = replace(mails[3], to_address="nobody")

    outcomes = await post.sender.send_all(mails)

    assert [type(outcome) for outcome in outcomes] == [
        MailRefused if number == 3 else type(None) for number in range(7)
    ]
    assert {message["Message-ID"] for message in post.arrived()} == {
        f"<message_{number}@booking.example>" for number in range(7) if number != 3
    }
    assert await post.sender.send_all([]) == []


async def test_only_where_a_repeat_is_no_second_mail_are_many_sent_before_it_is_recorded(
    post: PostOffice,
) -> None:
    at_once = post.sender.at_once
    for _ in range(2):
        await post.sender.send_all(
            [replace(MAIL, message_id=f"message_{number}") for number in range(at_once)]
        )

    assert len(post.arrived()) <= max(at_once, 2)


async def test_a_closed_sender_can_send_again(post: PostOffice) -> None:
    await post.sender.send(MAIL)
    await post.sender.close()
    await post.sender.close()
    await post.sender.send(replace(MAIL, message_id="message_2"))

    assert len(post.arrived()) == 2


@pytest.mark.parametrize(
    ("address", "arrives_as"),
    [
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),
        ("o'hara+1/2=x@mentors.example", "o'hara+1/2=x@mentors.example"),
    ],
)
async def test_addresses_beyond_the_plain_ones_are_reached(
    post: PostOffice, address: str, arrives_as: str
) -> None:
    await post.sender.send(replace(MAIL, to_address=address))

    (message,) = post.arrived()
    (receiver,) = message["To"].addresses
    assert receiver.addr_spec.encode(errors="surrogateescape").decode() == arrives_as


async def test_an_address_that_is_not_ascii_is_reached_but_through_ses(post: PostOffice) -> None:
    mail = replace(MAIL, to_address="jörg@bücher.example")
    if post.kind == "ses":
        with pytest.raises(MailRefused, match="SMTPUTF8"):
            await post.sender.send(mail)
        return
    await post.sender.send(mail)

    (message,) = post.arrived()
    (receiver,) = message["To"].addresses
    arrived_as = receiver.addr_spec.encode(errors="surrogateescape").decode()
    assert arrived_as == "jörg@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@",
        "@mentors.example",
        "ada@mentors.example, eve@example.org",
        "ada@mentors.example\r\nBcc: eve@example.org",
        "<ada@mentors.example>",
        "ada eve@mentors.example",
        "ada\x00@mentors.example",
        f"ada@{'ü' * 70}.example",
    ],
)
async def test_what_can_not_be_an_address_is_refused_without_repeating_it(
    post: PostOffice, address: str
) -> None:
    with pytest.raises(MailRefused) as refusal:
        await post.sender.send(replace(MAIL, to_address=address))

    assert "mentors" not in str(refusal.value)
    assert "ü" not in str(refusal.value)


@pytest.mark.parametrize("message_id", ["", "../../etc/passwd", "a/b", "a b", "a\n", "ü", "x" * 51])
def test_a_message_id_that_could_not_name_a_file_is_no_message_id(message_id: str) -> None:
    with pytest.raises(ValueError, match="message_id"):
        replace(MAIL, message_id=message_id)


def test_a_mail_without_a_time_zone_in_its_date_is_no_mail() -> None:
    with pytest.raises(ValueError, match="aware"):
        replace(MAIL, sent_at=datetime(2026, 11, 21))
