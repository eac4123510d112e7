"""How the SMTP sender deals with servers that refuse, vanish, hang, or want to know who asks."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mentorbooking.adapters.mail_sender.mime import Letterhead
from mentorbooking.adapters.mail_sender.smtp import SMTPMailSender, SmtpServer
from mentorbooking.application.notifications.facts import Mailbox
from mentorbooking.application.ports.mail_sender import MailRefused, MailUnavailable
from tests.support.certificates import self_signed
from tests.support.mail_facts import plain_mail
from tests.support.smtp_server import PASSWORD, USERNAME, Postbox, smtp_server

LETTERHEAD = Letterhead(Mailbox("Mentor Booking", "no-reply@booking.example"), "booking.example")


@contextmanager
def sending(
    port: int, *, host: str = "127.0.0.1", tls: bool = False, login: tuple[str, str] = ("", "")
) -> Iterator[SMTPMailSender]:
    server = SmtpServer(
        host=host,
        port=port,
        implicit_tls=tls,
        username=login[0],
        password=login[1],
        timeout=5,
    )
    sender = SMTPMailSender(server, LETTERHEAD)
    try:
        yield sender
    finally:
        sender.disconnect()


def refused(postbox: Postbox) -> str:
    with (
        smtp_server(postbox) as server,
        sending(server.port) as sender,
        pytest.raises(MailRefused) as refusal,
    ):
        sender.deliver(plain_mail())
    return str(refusal.value)


def unavailable(postbox: Postbox) -> str:
    with (
        smtp_server(postbox) as server,
        sending(server.port) as sender,
        pytest.raises(MailUnavailable) as refusal,
    ):
        sender.deliver(plain_mail())
    return str(refusal.value)


def test_a_recipient_that_is_refused_for_good_is_told_by_its_codes_only() -> None:
    told = refused(Postbox(to_recipient="550 5.1.1 <ada@mentors.example> is unknown"))

    assert told == "the server refused the recipient (550 5.1.1)"


def test_a_recipient_that_is_refused_for_now_may_be_tried_again() -> None:
    told = unavailable(Postbox(to_recipient="450 4.2.1 ada@mentors.example is busy"))

    assert told == "the server refused the recipient (450 4.2.1)"


def test_content_that_is_refused_for_good_is_not_tried_again() -> None:
    assert refused(Postbox(to_data="554 no")) == "the server refused the mail (554)"


def test_content_that_is_refused_for_now_may_be_tried_again() -> None:
    assert unavailable(Postbox(to_data="451 later")) == "the server refused the mail (451)"


def test_a_refused_sender_is_our_own_fault_so_no_mail_is_given_up() -> None:
    told = unavailable(Postbox(to_sender="553 5.7.1 no-reply@booking.example may not send"))

    assert told == "the mail was not taken: 553 5.7.1"


def test_a_server_that_closes_the_door_may_be_tried_again() -> None:
    assert "421" in unavailable(Postbox(to_recipient="421 closing"))


def test_a_server_that_is_down_may_be_tried_again() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with (
            sending(nobody.getsockname()[1]) as sender,
            pytest.raises(MailUnavailable, match="Connection refused"),
        ):
            sender.deliver(plain_mail())


def test_a_server_that_never_answers_is_given_up_after_the_timeout() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        server = SmtpServer(host="127.0.0.1", port=silent.getsockname()[1], timeout=0.2)

        with pytest.raises(MailUnavailable, match="can't be reached"):
            SMTPMailSender(server, LETTERHEAD).deliver(plain_mail())


def test_a_refusal_leaves_the_connection_fit_for_the_next_mail() -> None:
    postbox = Postbox(to_recipient="550 unknown")
    with smtp_server(postbox) as server, sending(server.port) as sender:
        with pytest.raises(MailRefused):
            sender.deliver(plain_mail("message_1"))
        postbox.to_recipient = None
        sender.deliver(plain_mail("message_2"))

    assert len(postbox.taken) == 1
    assert len(postbox.greetings) == 1


def test_several_mails_share_one_connection_and_the_envelope_is_right() -> None:
    postbox = Postbox()
    with smtp_server(postbox) as server, sending(server.port) as sender:
        for number in range(3):
            sender.deliver(plain_mail(f"message_{number}"))

    assert postbox.greetings == ["booking.example"]
    assert [(taken.sender, taken.receivers) for taken in postbox.taken] == [
        ("no-reply@booking.example", ["ada@mentors.example"])
    ] * 3


def test_a_connection_that_the_server_has_dropped_is_opened_again() -> None:
    before, after = Postbox(), Postbox()
    with smtp_server(before) as server:
        sender = SMTPMailSender(SmtpServer(host="127.0.0.1", port=server.port), LETTERHEAD)
        sender.deliver(plain_mail("message_1"))
        port = server.port
    with smtp_server(after, port=port):
        sender.deliver(plain_mail("message_2"))
        sender.disconnect()

    assert (len(before.taken), len(after.taken)) == (1, 1)


def test_an_address_that_the_server_can_not_spell_is_refused() -> None:
    with (
        smtp_server(Postbox(), utf8_addresses=False) as server,
        sending(server.port) as sender,
        pytest.raises(MailRefused, match="SMTPUTF8"),
    ):
        sender.deliver(plain_mail(to_address="jörg@mentors.example"))


def test_user_and_password_are_given_to_a_server_on_this_machine() -> None:
    postbox = Postbox()
    with (
        smtp_server(postbox, with_login=True) as server,
        sending(server.port, login=(USERNAME, PASSWORD)) as sender,
    ):
        sender.deliver(plain_mail())

    assert [taken.signed_in for taken in postbox.taken] == [True]


def test_a_wrong_password_is_told_without_it_and_no_mail_is_given_up() -> None:
    with (
        smtp_server(Postbox(), with_login=True) as server,
        sending(server.port, login=(USERNAME, "wrong-password")) as sender,
        pytest.raises(MailUnavailable) as refusal,
    ):
        sender.deliver(plain_mail())

    assert str(refusal.value) == "the server does not let us in: 535 5.7.8"


def test_a_password_never_crosses_a_net_in_clear() -> None:
    own_address = address_on_the_net()
    if own_address is None:
        pytest.skip("this machine is on no net")
    postbox = Postbox()
    with (
        smtp_server(postbox, hostname=own_address, with_login=True) as server,
        sending(server.port, host=own_address, login=(USERNAME, PASSWORD)) as sender,
        pytest.raises(MailUnavailable, match="no TLS"),
    ):
        sender.deliver(plain_mail())

    assert postbox.taken == []


def address_on_the_net() -> str | None:
    """Ask which address would be used to reach others; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def test_the_connection_is_encrypted_as_soon_as_the_server_offers_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    postbox = Postbox()
    with (
        smtp_server(postbox, starttls=context, with_login=True) as server,
        sending(server.port, login=(USERNAME, PASSWORD)) as sender,
    ):
        sender.deliver(plain_mail())

    assert [(taken.encrypted, taken.signed_in) for taken in postbox.taken] == [(True, True)]


def test_smtps_is_encrypted_from_the_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    postbox = Postbox()
    with (
        smtp_server(postbox, tls=context) as server,
        sending(server.port, tls=True) as sender,
    ):
        sender.deliver(plain_mail())

    assert len(postbox.taken) == 1


@pytest.mark.parametrize("implicit", [True, False])
def test_a_server_with_a_certificate_of_its_own_making_gets_nothing(
    implicit: bool, tmp_path: Path
) -> None:
    context, _ = self_signed(tmp_path)
    postbox = Postbox()
    with (
        smtp_server(
            postbox, tls=context if implicit else None, starttls=None if implicit else context
        ) as server,
        sending(server.port, tls=implicit) as sender,
        pytest.raises(MailUnavailable, match="certificate"),
    ):
        sender.deliver(plain_mail())

    assert postbox.taken == []


def test_the_server_is_shown_without_its_password() -> None:
    server = SmtpServer(host="mail.example", port=25, username="u", password="hunter2")

    assert repr(server) == "SmtpServer(mail.example:25)"


def test_an_ip_address_greets_in_brackets() -> None:
    postbox = Postbox()
    letterhead = Letterhead(LETTERHEAD.sender, "127.0.0.1")
    with smtp_server(postbox) as server:
        sender = SMTPMailSender(SmtpServer(host="127.0.0.1", port=server.port), letterhead)
        sender.deliver(plain_mail())
        sender.disconnect()

    assert postbox.greetings == ["[127.0.0.1]"]
