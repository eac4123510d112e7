"""Mails that invite a mentor: for whom they are, and how long they make sense."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from mentorbooking.application.notifications.addressees import NothingToSend
from mentorbooking.application.ports.mail_sender import OutgoingMail
from mentorbooking.domain.mentor.mentor import Mentor
from tests.support.fixed import NOW
from tests.support.mail_house import (
    ADMIN,
    IMPORTED,
    MailHouse,
)
from tests.support.mails_from_the_log import mails_of, messages_of

pytestmark = pytest.mark.anyio


DAY = timedelta(days=1)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    opened = MailHouse(tmp_path)
    await opened.has_people()
    yield opened
    opened.close()


def token_in(mail: OutgoingMail) -> str:
    found = re.search(r"https://booking\.example/register\?invitation=([\w.-]+)\s", mail.text)
    assert found
    return found[1]


async def test_an_invitation_proves_itself_and_names_who_invites(house: MailHouse) -> None:
    await house.has_imported_mentor()

    (mail,) = await mails_of(house, IMPORTED)

    assert (mail.to_name, mail.to_address) == ("Alan Turing", "alan@people.example")
    assert mail.subject == "Grace Hopper invites you to be a mentor at Mentor Booking"
    claims = house.invitations.verify(token_in(mail), NOW)
    assert (claims.mentor_id, claims.invitation_id) == (IMPORTED, "invitation_1")
    assert claims.expires_at == NOW + timedelta(days=7)


async def test_without_an_admin_the_team_invites(house: MailHouse) -> None:
    await house.has_imported_mentor(invited_by="system")

    (mail,) = await mails_of(house, IMPORTED)

    assert mail.subject.startswith("The team of Mentor Booking invites you")


async def test_only_the_newest_invitation_is_sent(house: MailHouse) -> None:
    await house.has_imported_mentor()
    mentor = await house.aggregates.get(Mentor, IMPORTED)
    await house.do(mentor.invite("invitation_2", by=ADMIN, now=NOW))
    old, new = await messages_of(house, IMPORTED)

    with pytest.raises(NothingToSend, match="newer"):
        await house.writer.write(old, now=NOW)

    mail = await house.writer.write(new, now=NOW)
    assert house.invitations.verify(token_in(mail), NOW).invitation_id == "invitation_2"


@pytest.mark.parametrize(
    ("later", "is_good"), [(7 * DAY - timedelta(seconds=1), True), (7 * DAY, False)]
)
async def test_an_expired_invitation_is_not_sent(
    house: MailHouse, later: timedelta, is_good: bool
) -> None:
    await house.has_imported_mentor()
    house.moving_clock.advance(later)

    if is_good:
        assert len(await mails_of(house, IMPORTED)) == 1
    else:
        with pytest.raises(NothingToSend, match="expired"):
            await mails_of(house, IMPORTED)


async def test_a_mentor_who_has_registered_is_not_invited_any_more(house: MailHouse) -> None:
    await house.has_imported_mentor()
    mentor = await house.aggregates.get(Mentor, IMPORTED)
    await house.do(mentor.accept_invitation("invitation_1", user_id="user_9", now=NOW))

    with pytest.raises(NothingToSend, match="used"):
        await mails_of(house, IMPORTED)
