"""Who is mailed by what is done over HTTP, and what is told of those mails."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.person import Person
from tests.support.running_service import House, refusal, told

pytestmark = pytest.mark.anyio


async def booked(house: House) -> tuple[Person, Person, str]:
    student, mentor = await house.student(), await house.mentor()
    (slot_id,) = await house.offer(mentor, house.at(days=1))
    booking = await house.book(student, mentor, slot_id, title="A talk")
    return student, mentor, f"/bookings/{booking['id']}"


async def states(person: Person, path: str) -> list[dict[str, Any]]:
    answer = await person.get(f"{path}/notifications")
    assert answer.status_code == 200
    return list(answer.json()["data"])


async def test_both_sides_are_mailed_once_and_nobody_for_registering(house: House) -> None:
    student, mentor, path = await booked(house)
    assert len(await house.mails()) == 2
    await mentor.delete(path, params={"reason": "Ill."})

    mails = await house.mails()

    assert sorted(mail["To"].addresses[0].addr_spec for mail in mails) == sorted(
        [student.email, mentor.email] * 2
    )
    assert len({mail["Message-ID"] for mail in mails}) == 4
    parts = {part.get_content_type() for mail in mails for part in mail.walk()}
    assert {"text/plain", "text/html", "text/calendar"} <= parts


async def test_each_sees_their_own_mails_and_admins_see_all(house: House) -> None:
    student, mentor, path = await booked(house)
    await house.mails()

    for person in (student, mentor):
        (mail,) = await states(person, path)
        assert mail["recipient"] == person.id
        assert mail["status"] == "sent"
        assert mail["attempts"] == 1
        assert mail["sent_at"] == told(house.now)
        assert mail["id"].startswith("message_")
    everything = await states(await house.admin(), path)
    assert {mail["recipient"] for mail in everything} == {student.id, mentor.id}
    (entry,) = (await student.get(f"{path}/history")).json()["data"]
    assert {mail["event_id"] for mail in everything} == {entry["event_id"]}


async def test_a_mail_is_queued_at_once_and_cannot_be_asked_for_again_yet(house: House) -> None:
    student, _, path = await booked(house)

    (queued,) = await states(student, path)
    answer = await student.post(f"/notifications/{queued['id']}/resend")

    assert (queued["status"], queued["attempts"]) == ("queued", 0)
    assert refusal(answer) == (409, "not-resendable")


async def test_its_recipient_and_admins_have_it_sent_again(house: House) -> None:
    student, mentor, path = await booked(house)
    await house.mails()
    (sent,) = await states(student, path)
    resend = f"/notifications/{sent['id']}/resend"

    assert refusal(await mentor.post(resend)) == (404, "not-found")
    answers = await asyncio.gather(*(student.post(resend) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409]
    (queued,) = await states(student, path)
    assert queued["status"] == "queued"
    before = len(await house.mails(to=student.email))
    (again,) = await states(student, path)
    assert (again["id"], again["status"], again["attempts"]) == (sent["id"], "sent", 2)
    assert (await (await house.admin()).post(resend)).status_code == 202
    assert len(await house.mails(to=student.email)) >= before


async def test_an_admin_is_mailed_about_an_import_and_mentors_are_invited(house: House) -> None:
    admin = await house.admin()
    content = b"email,name,skills\nrow@example.org,Row,Go\nnobody,No,Go\n"

    await house.imported(admin, content, dry_run=True)
    assert await house.mails() == []
    await house.imported(admin, content)

    assert len(await house.mails(to=admin.email)) == 1
    (invitation,) = await house.mails(to="row@example.org")
    assert "invitation=" in invitation.get_body(("plain",)).get_content()


async def test_an_admin_is_mailed_about_an_export(house: House) -> None:
    admin = await house.admin()
    answer = await admin.post("/exports/bookings")

    done = await house.exported(admin, answer.headers["Location"])

    (mail,) = await house.mails()
    text = mail.get_body(("plain",)).get_content()
    assert mail["To"].addresses[0].addr_spec == admin.email
    assert answer.headers["Location"] in text
    assert "signature" not in text
    assert done["download_url"] not in text
