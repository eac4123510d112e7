"""What lives for a time works until that is over, to the second, and not a moment longer."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from tests.support.person import Person
from tests.support.running_service import PASSWORD, House, ids_of, refusal, told

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


@pytest.fixture(params=[timedelta(0), timedelta(microseconds=600_000)], ids=["", "odd"])
def house(house: House, request: pytest.FixtureRequest) -> House:
    """Begin at a whole second, and in the midst of one."""
    house.clock.advance(request.param)
    return house


async def on_both_sides(
    house: House, limit: datetime, use: Callable[[], Awaitable[httpx.Response]]
) -> tuple[httpx.Response, httpx.Response]:
    """Use something in the last second before an instant, and at the instant."""
    house.clock.advance(limit - SECOND - house.now)
    before = await use()
    house.clock.advance(limit - house.now)
    return before, await use()


async def signed_in(house: House, person: Person) -> Any:
    credentials = {"email": person.email, "password": PASSWORD}
    answer = await house.anyone.post("/auth/token", json=credentials)
    assert answer.status_code == 200
    return answer.json()


async def refreshed(house: House, token: str) -> httpx.Response:
    return await house.anyone.post("/auth/refresh", json={"refresh_token": token})


async def test_an_access_token_works_for_15_minutes(house: House) -> None:
    student = await house.student()
    tokens = await signed_in(house, student)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}

    before, after = await on_both_sides(
        house, house.at(minutes=15), lambda: house.anyone.get("/me", headers=bearer)
    )

    assert tokens["expires_in"] == 15 * 60
    assert before.status_code == 200
    assert refusal(after) == (401, "invalid-token")
    assert after.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


async def test_a_refresh_token_works_for_30_idle_days(house: House) -> None:
    student = await house.student()
    one, other = [(await signed_in(house, student))["refresh_token"] for _ in range(2)]
    tokens = iter([one, other])

    before, after = await on_both_sides(
        house, house.at(days=30), lambda: refreshed(house, next(tokens))
    )

    assert before.status_code == 200
    assert refusal(after) == (401, "invalid-refresh-token")
    assert (await refreshed(house, before.json()["refresh_token"])).status_code == 200


async def test_a_session_ends_after_90_days_however_often_it_is_refreshed(house: House) -> None:
    student = await house.student()
    token = (await signed_in(house, student))["refresh_token"]
    end = house.at(days=90)

    async def refresh() -> httpx.Response:
        nonlocal token
        answer = await refreshed(house, token)
        token = answer.json().get("refresh_token", token)
        return answer

    for _ in range(3):
        house.clock.advance(timedelta(days=29))
        assert (await refresh()).status_code == 200
    before, after = await on_both_sides(house, end, refresh)

    assert before.status_code == 200
    assert refusal(after) == (401, "invalid-refresh-token")
    assert (await signed_in(house, student))["refresh_token"]


async def test_a_used_token_still_gives_a_thief_away_once_it_has_expired(house: House) -> None:
    student = await house.student()
    first = (await signed_in(house, student))["refresh_token"]
    house.clock.advance(timedelta(days=29))
    second = (await refreshed(house, first)).json()["refresh_token"]
    house.clock.advance(timedelta(days=10))

    assert refusal(await refreshed(house, first)) == (401, "invalid-refresh-token")
    assert refusal(await refreshed(house, second)) == (401, "invalid-refresh-token")


async def test_an_idempotency_key_is_kept_for_24_hours(house: House) -> None:
    mentor = await house.mentor()
    key, path = {"Idempotency-Key": "k"}, f"/mentors/{mentor.id}/timeslots"
    start = house.at(days=10)
    wanted = {"slots": [{"start": told(start), "end": told(start + timedelta(hours=1))}]}
    first = await mentor.post(path, wanted, headers=key)
    (slot_id,) = ids_of(first.json()["data"])

    before, after = await on_both_sides(
        house, house.at(hours=24), lambda: mentor.post(path, wanted, headers=key)
    )

    assert first.status_code == before.status_code == 201
    assert before.headers["Idempotency-Replayed"] == "true"
    assert before.content == first.content
    assert refusal(after) == (409, "slot-overlap")  # it is a request of its own now
    assert slot_id in after.text


async def test_a_key_that_has_expired_is_good_for_another_request(house: House) -> None:
    mentor = await house.mentor()
    key = {"Idempotency-Key": "k"}
    await mentor.post(f"/mentors/{mentor.id}/pause", headers=key)

    before, after = await on_both_sides(
        house,
        house.at(hours=24),
        lambda: mentor.post(f"/mentors/{mentor.id}/activate", headers=key),
    )

    assert refusal(before) == (422, "idempotency-key-reused")
    assert (after.status_code, after.json()["status"]) == (200, "active")
    assert "Idempotency-Replayed" not in after.headers


@pytest.mark.embedded_only("S3 goes by the clock of its own machine")
async def test_a_download_link_works_for_15_minutes(house: House) -> None:
    admin = await house.admin()
    asked = await admin.post("/exports/bookings")
    done = await house.exported(admin, asked.headers["Location"])

    before, after = await on_both_sides(
        house, house.at(minutes=15), lambda: house.download(done["download_url"])
    )

    assert before.status_code == 200
    assert refusal(after) == (403, "invalid-link")
    assert house.at() - SECOND < datetime.fromisoformat(done["expires_at"]) <= house.at()


async def test_an_invitation_works_for_7_days(house: House) -> None:
    admin, addresses = await house.admin(), ["one@example.org", "two@example.org"]
    rows = "".join(f"{address},Grace Hopper,COBOL\n" for address in addresses)
    await house.imported(admin, f"email,name,skills\n{rows}".encode())
    waiting = iter([(address, await _invitation(house, address)) for address in addresses])

    async def register() -> httpx.Response:
        email, invitation = next(waiting)
        body = {"email": email, "password": PASSWORD, "name": "Grace", "role": "mentor"}
        return await house.anyone.post("/auth/register", json={**body, "invitation": invitation})

    before, after = await on_both_sides(house, house.at(days=7), register)

    assert before.status_code == 201
    assert refusal(after) == (422, "invitation-invalid")


async def _invitation(house: House, address: str) -> str:
    (mail,) = await house.mails(to=address)
    text: Any = mail.get_body(("plain",))
    (token,) = re.findall(r"invitation=(\S+)", text.get_content())
    return unquote(token)
