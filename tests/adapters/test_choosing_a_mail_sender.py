"""The setting for mail: what it may say, and what it says when it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.mail_sender.files import FileMailSender
from mentorbooking.adapters.mail_sender.from_url import InvalidMailUrl, mail_sender_from_url
from mentorbooking.adapters.mail_sender.ses import SESMailSender
from mentorbooking.adapters.mail_sender.smtp import SMTPMailSender
from mentorbooking.application.notifications.facts import Mailbox, Service
from mentorbooking.application.ports.mail_sender import MailSender
from tests.support.aws_servers import aws_settings
from tests.support.mail_facts import plain_mail
from tests.support.smtp_server import PASSWORD, USERNAME, Postbox, smtp_server

FROM = "Mentor Booking <no-reply@booking.example>"


def sender_of(url: str, data_dir: Path = Path("unused")) -> MailSender:
    return mail_sender_from_url(url, data_dir, FROM, "booking.example")


def test_files_are_the_default_and_touch_nothing_before_the_first_mail(tmp_path: Path) -> None:
    assert isinstance(sender_of("file:", tmp_path), FileMailSender)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url",
    [
        "smtp://mail.example",
        "SMTP://mail.example:587/",
        "smtps://user:password@mail.example",
        "smtp://[::1]:1025",
    ],
)
def test_servers_are_not_asked_before_the_first_mail(url: str) -> None:
    assert isinstance(sender_of(url), SMTPMailSender)


@pytest.mark.anyio
async def test_user_and_password_may_hold_any_ascii_when_escaped(tmp_path: Path) -> None:
    assert (USERNAME, PASSWORD) == ("mailer", "p@ss:w/rd")
    postbox = Postbox()
    with smtp_server(postbox, with_login=True) as server:
        sender = sender_of(f"smtp://mailer:p%40ss%3Aw%2Frd@127.0.0.1:{server.port}", tmp_path)
        await sender.send(plain_mail())
        await sender.close()

    assert [taken.signed_in for taken in postbox.taken] == [True]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "allowed are file:"),
        ("http://user:hunter2@mail.example", "allowed are file:"),
        ("mail.example:25", "allowed are file:"),
        ("file:///var/mail", "takes no path"),
        ("ses:", "comes with the AWS backend"),
        ("SES:", "comes with the AWS backend"),
        ("smtp:", "there is no host"),
        ("smtp://user:hunter2@", "there is no host"),
        ("smtp://mail.example:port", "the port is not one"),
        ("smtp://mail.example:70000", "the port is not one"),
        ("smtp://[mail.example", "the host or the port"),
        ("smtp://mail.example/inbox", "nothing may follow the port"),
        ("smtp://mail.example?tls=no", "nothing may follow the port"),
        ("smtp://user:hunter2/@mail.example", "%2F"),
        ("smtp://user@mail.example", "go together"),
        ("smtp://:hunter2@mail.example", "go together"),
        ("smtp://user:h%C3%BCnter2@mail.example", "ASCII only"),
    ],
)
def test_anything_else_is_told_what_is_allowed_and_no_password(url: str, told: str) -> None:
    with pytest.raises(InvalidMailUrl) as refusal:
        sender_of(url)

    assert told in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


@pytest.mark.anyio
async def test_ses_is_there_where_aws_is(aws_credentials: None) -> None:
    async with AwsClients(aws_settings()) as clients:
        client = await clients.ses()
        chosen = mail_sender_from_url("ses:", Path("unused"), FROM, "booking.example", ses=client)
        assert isinstance(chosen, SESMailSender)
        with pytest.raises(InvalidMailUrl, match="nothing may follow"):
            mail_sender_from_url("ses:x", Path("unused"), FROM, "booking.example", ses=client)


@pytest.mark.parametrize(
    "from_address", ["", "nobody", "a@b.example, c@d.example", "A <a@b> <c@d>"]
)
def test_mail_has_one_sender(from_address: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="e-mail address"):
        mail_sender_from_url("file:", tmp_path, from_address, "booking.example")


def test_a_service_is_called_by_the_name_of_its_mailbox() -> None:
    mailbox = Mailbox.parse('"Booking, Inc." <no-reply@booking.example>')

    assert mailbox == Mailbox("Booking, Inc.", "no-reply@booking.example")
    assert Service(mailbox, "https://booking.example").name == "Booking, Inc."
    assert Service(Mailbox.parse("a@b.example"), "https://b.example").name == "Mentor Booking"


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1"),
        ("https://Booking.Example/api", "booking.example"),
        ("http://[::1]:8000", "[::1]"),
        ("", "localhost"),
    ],
)
def test_ids_end_in_the_host_of_the_base_url(base_url: str, host: str) -> None:
    assert Service(Mailbox("", "a@b.example"), base_url).host == host
