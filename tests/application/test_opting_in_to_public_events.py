"""Subscriptions: who may have which events sent to which address, and who may see and end them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.adapters.identity.opaque_cursors import OpaqueCursors
from mentorbooking.application.answers.subscription import SubscriptionAnswer
from mentorbooking.application.ports.cursors import listing_name
from mentorbooking.application.ports.subscriptions import (
    AddressRefused,
    NotConfirmedYet,
    Subscription,
    SubscriptionPage,
    Subscriptions,
    Wish,
)
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.subscriptions.get_subscription import (
    GetSubscription,
    GetSubscriptionHandler,
)
from mentorbooking.application.use_cases.subscriptions.list_subscriptions import (
    ListedSubscriptions,
    ListSubscriptions,
    ListSubscriptionsHandler,
)
from mentorbooking.application.use_cases.subscriptions.subscribe import (
    Subscribe,
    SubscribeHandler,
)
from mentorbooking.application.use_cases.subscriptions.unsubscribe import (
    Unsubscribe,
    UnsubscribeHandler,
)
from mentorbooking.domain.kernel.errors import InvalidContent
from mentorbooking.domain.user_account.account import UserAccount
from mentorbooking.domain.user_account.events import AccountRegistered
from tests.support.fixed import MENTOR, NOW, STUDENT
from tests.support.people import (
    AN_ADMIN,
    ANOTHER_MENTOR,
    ANOTHER_STUDENT,
    THE_MENTOR,
    THE_STUDENT,
)
from tests.support.reception import CLIENT, Turnstile
from tests.support.use_cases import Asked, UseCases, use_cases

pytestmark = pytest.mark.anyio

CURSORS = OpaqueCursors(bytes(32))

SAM, ADA, GRACE = (f"{name}@people.example" for name in ("sam", "ada", "grace"))
PEOPLE = {SAM: THE_STUDENT, ADA: THE_MENTOR, GRACE: AN_ADMIN}
OTHERS = {"ann@people.example": ANOTHER_STUDENT, "bob@people.example": ANOTHER_MENTOR}
SESSIONS = ("booking.created", "booking.cancelled")


def listing_of(caller: Principal) -> str:
    return listing_name("notification-subscriptions", user=caller.user_id)


@dataclass
class Sender(Subscriptions):
    """Keeps what it is asked for; whom it ``refuses`` it does not write to."""

    kept: dict[str, Subscription]
    refuses: str = ""
    asked: Any = None

    async def subscribe(self, wish: Wish) -> Subscription:
        if wish.email == self.refuses:
            raise AddressRefused
        made = Subscription(f"subscription_{len(self.kept) + 1}", wish, confirmed=False)
        self.kept[made.id] = made
        return made

    async def find(self, subscription_id: str) -> Subscription | None:
        return self.kept.get(subscription_id)

    async def page(self, *, email: str | None, after: str | None, limit: int) -> SubscriptionPage:
        self.asked = (email, after, limit)
        return SubscriptionPage(list(self.kept.values()), "next")

    async def unsubscribe(self, subscription_id: str) -> None:
        if not self.kept[subscription_id].confirmed:
            raise NotConfirmedYet
        del self.kept[subscription_id]


class Desk:
    def __init__(self, story: UseCases) -> None:
        self.story, self.sender, self.throttle = story, Sender({}), Turnstile()

    async def has_people(self) -> None:
        for email, who in {**PEOPLE, **OTHERS}.items():
            registered = AccountRegistered(
                at=NOW,
                email=email,
                name=email,
                role=who.role,
                time_zone="UTC",
                student_id=who.student_id,
                mentor_id=who.mentor_id,
            )
            await self.story.given(UserAccount(id=who.user_id), registered)

    def subscribe(self, caller: Principal, **wishes: Any) -> Asked[Subscribe, SubscriptionAnswer]:
        handle = SubscribeHandler(self.story.aggregates, self.sender, self.throttle)
        known = {"caller": caller, "events": SESSIONS, "client": CLIENT}
        return self.story.when(handle, Subscribe(**{**known, **wishes}))

    def get(self, caller: Principal) -> Asked[GetSubscription, SubscriptionAnswer]:
        handle = GetSubscriptionHandler(self.story.aggregates, self.sender)
        return self.story.when(handle, GetSubscription(caller=caller, subscription_id="s"))

    def end(self, caller: Principal) -> Asked[Unsubscribe, None]:
        handle = UnsubscribeHandler(self.story.aggregates, self.sender)
        return self.story.when(handle, Unsubscribe(caller=caller, subscription_id="s"))

    def list(self, caller: Principal) -> Asked[ListSubscriptions, ListedSubscriptions]:
        handle = ListSubscriptionsHandler(self.story.aggregates, self.sender, CURSORS)
        cursor = CURSORS.encode(listing_of(caller), ["here"])
        return self.story.when(handle, ListSubscriptions(caller=caller, limit=7, cursor=cursor))


@pytest.fixture
async def desk(tmp_path: Path, anyio_backend: str) -> Any:
    with use_cases(tmp_path) as story:
        desk = Desk(story)
        await desk.has_people()
        yield desk


@pytest.mark.parametrize(
    ("caller", "email", "student_id", "mentor_id"),
    [(THE_STUDENT, SAM, STUDENT, None), (THE_MENTOR, ADA, None, MENTOR)],
)
async def test_people_hear_of_their_own_sessions_at_their_own_address(
    desk: Desk, caller: Principal, email: str, student_id: str | None, mentor_id: str | None
) -> None:
    answer = await desk.subscribe(caller, events=(*SESSIONS, *SESSIONS)).then()

    assert answer == SubscriptionAnswer(
        id="subscription_1", email=email, events=SESSIONS, status="pending"
    )
    wish = Wish(email=email, events=SESSIONS, student_id=student_id, mentor_id=mentor_id)
    assert desk.sender.kept["subscription_1"].wish == wish
    assert desk.throttle.hits == [("resend", caller.user_id, CLIENT)]


async def test_ones_own_address_may_be_written_in_other_letters(desk: Desk) -> None:
    assert (await desk.subscribe(THE_STUDENT, email=SAM.upper()).then()).email == SAM.upper()


async def test_an_admin_has_everything_sent_to_anybody(desk: Desk) -> None:
    events = (*SESSIONS, "mentors.imported", "bookings.exported")

    await desk.subscribe(AN_ADMIN, events=events, email="list@people.example").then()

    (kept,) = desk.sender.kept.values()
    assert kept.wish == Wish(email="list@people.example", events=events)


async def test_nobody_else_has_anything_sent_to_somebody_else(desk: Desk) -> None:
    await desk.subscribe(THE_STUDENT, email=ADA).then_refused("not-yours")
    assert desk.throttle.hits == []


@pytest.mark.parametrize(
    ("caller", "heard"),
    [(THE_STUDENT, SESSIONS), (AN_ADMIN, (*SESSIONS, "mentors.imported", "bookings.exported"))],
)
async def test_all_events_that_are_not_for_ones_role_are_told(
    desk: Desk, caller: Principal, heard: tuple[str, ...]
) -> None:
    events = ("no.such_event", *heard, "nor.this")

    refused = await desk.subscribe(caller, events=events).then_refused("invalid-content")

    assert isinstance(refused, InvalidContent)
    assert [(error.pointer, error.code) for error in refused.errors] == [
        ("#/events/0", "not-for-your-role"),
        (f"#/events/{len(heard) + 1}", "not-for-your-role"),
    ]
    assert refused.errors[0].detail == f"One of: {', '.join(heard)}."


async def test_an_address_that_can_not_be_written_to_is_refused(desk: Desk) -> None:
    desk.sender.refuses = SAM

    refused = await desk.subscribe(THE_STUDENT).then_refused("invalid-content")

    assert isinstance(refused, InvalidContent)
    (error,) = refused.errors
    assert (error.pointer, error.code) == ("#/email", "invalid-email")
    assert error.detail == "This address can't be subscribed."


async def test_nobody_is_written_to_too_often(desk: Desk) -> None:
    desk.throttle.closed = True

    await desk.subscribe(THE_STUDENT).then_refused("too-many-requests")
    assert desk.sender.kept == {}


WISHES = [
    (Wish(email="List@people.example", events=SESSIONS), [AN_ADMIN]),
    (Wish(email=SAM.upper(), events=SESSIONS), [THE_STUDENT, AN_ADMIN]),
    (
        Wish(email="old@people.example", events=SESSIONS, student_id=STUDENT),
        [THE_STUDENT, AN_ADMIN],
    ),
    (Wish(email="old@people.example", events=SESSIONS, mentor_id=MENTOR), [THE_MENTOR, AN_ADMIN]),
]


@pytest.mark.parametrize(("wish", "whose"), WISHES)
async def test_subscriptions_are_seen_and_ended_by_whom_they_are_of_and_by_admins(
    desk: Desk, wish: Wish, whose: list[Principal]
) -> None:
    for caller in (*PEOPLE.values(), *OTHERS.values()):
        desk.sender.kept["s"] = Subscription("s", wish, confirmed=True)
        if caller in whose:
            answer = await desk.get(caller).then(kept=False)
            assert (answer.id, answer.status, answer.email) == ("s", "confirmed", wish.email)
            await desk.end(caller).then(kept=False)
            assert desk.sender.kept == {}
        else:
            for asked in (desk.get(caller), desk.end(caller)):
                refused = await asked.then_refused("not-found")
                assert refused.detail == "There is no such subscription."


async def test_what_was_never_confirmed_can_not_be_ended(desk: Desk) -> None:
    desk.sender.kept["s"] = Subscription("s", WISHES[1][0], confirmed=False)

    await desk.end(THE_STUDENT).then_refused("not-confirmed")


async def test_an_unknown_subscription_is_not_found(desk: Desk) -> None:
    for asked in (desk.get(AN_ADMIN), desk.end(AN_ADMIN)):
        await asked.then_refused("not-found")


@pytest.mark.parametrize(("caller", "email"), [(THE_STUDENT, SAM), (AN_ADMIN, None)])
async def test_lists_are_of_ones_own_address_or_for_admins_of_all(
    desk: Desk, caller: Principal, email: str | None
) -> None:
    desk.sender.kept["s"] = Subscription("s", WISHES[1][0], confirmed=True)

    listed = await desk.list(caller).then(kept=False)

    assert desk.sender.asked == (email, "here", 7)
    answer = SubscriptionAnswer(id="s", email=SAM.upper(), events=SESSIONS, status="confirmed")
    assert listed.data == [answer]
    assert listed.next_cursor is not None
    assert CURSORS.decode(listing_of(caller), listed.next_cursor) == ("next",)
