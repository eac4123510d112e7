"""An account: what registering says, and what may change."""

import pytest

from mentorbooking.domain.user_account.account import UserAccount
from mentorbooking.domain.user_account.events import (
    AccountChanged,
    AccountEmailChanged,
    AccountRegistered,
    PasswordChanged,
)
from mentorbooking.domain.user_account.role import Role
from tests.support.fixed import MENTOR, NOW, STUDENT, USER
from tests.support.scenario import given

REGISTERED = AccountRegistered(
    at=NOW,
    email="ada@example.org",
    name="Ada",
    role=Role.STUDENT,
    time_zone="Europe/London",
    student_id=STUDENT,
)


def account():
    return UserAccount(id=USER)


def test_registering_says_who_it_is():
    decision = UserAccount.register(
        USER,
        email="ada@example.org",
        name="Ada",
        role=Role.STUDENT,
        time_zone="Europe/London",
        student_id=STUDENT,
        mentor_id=None,
        now=NOW,
    )
    assert decision.events == (REGISTERED,)
    assert decision.outcome() == account().after(REGISTERED)


def test_registering_says_where_the_role_comes_from():
    decision = UserAccount.register(
        USER,
        email="",
        name="Ada",
        role=Role.MENTOR,
        time_zone="UTC",
        student_id=None,
        mentor_id=MENTOR,
        role_as_of=NOW,
        now=NOW,
    )
    assert decision.events == (
        AccountRegistered(
            at=NOW,
            email="",
            name="Ada",
            role=Role.MENTOR,
            time_zone="UTC",
            mentor_id=MENTOR,
            role_as_of=NOW,
        ),
    )


def test_a_registered_account_is_what_was_said():
    ada = account().after(REGISTERED)
    assert (ada.email, ada.name, ada.time_zone) == ("ada@example.org", "Ada", "Europe/London")
    assert (ada.role, ada.student_id, ada.mentor_id) == (Role.STUDENT, STUDENT, None)
    assert (ada.role_as_of, ada.created_at) == (None, NOW)


@pytest.mark.parametrize(
    ("name", "zone", "password", "facts"),
    [
        ("Ada", "Europe/London", False, ()),
        (None, None, False, ()),
        ("Ada L.", None, False, (AccountChanged(at=NOW, name="Ada L."),)),
        (None, "UTC", False, (AccountChanged(at=NOW, time_zone="UTC"),)),
        (None, None, True, (PasswordChanged(at=NOW),)),
        (
            "B",
            "UTC",
            True,
            (AccountChanged(at=NOW, name="B", time_zone="UTC"), PasswordChanged(at=NOW)),
        ),
    ],
)
def test_only_what_differs_is_recorded(name, zone, password, facts):
    given(account(), REGISTERED).when(
        lambda a: a.change(name=name, time_zone=zone, new_password=password, now=NOW)
    ).then(*facts)


def test_an_account_follows_its_profile_to_another_address():
    given(account(), REGISTERED).when(
        lambda a: a.follow_profile(name=None, time_zone=None, email="a@example.org", now=NOW)
    ).then(AccountEmailChanged(at=NOW, email="a@example.org"))
    given(account(), REGISTERED).when(
        lambda a: a.follow_profile(name="Ada", time_zone=None, email="ada@example.org", now=NOW)
    ).then_nothing()


def test_an_account_follows_the_name_and_the_zone_of_its_profile():
    given(account(), REGISTERED).when(
        lambda a: a.follow_profile(name="Ada L.", time_zone="UTC", email=None, now=NOW)
    ).then(AccountChanged(at=NOW, name="Ada L.", time_zone="UTC"))


def test_what_changed_is_what_is_read():
    changed = account().after(
        REGISTERED,
        AccountChanged(at=NOW, name="Ada L."),
        AccountEmailChanged(at=NOW, email="a@example.org"),
        PasswordChanged(at=NOW),
    )
    assert (changed.name, changed.time_zone, changed.email) == (
        "Ada L.",
        "Europe/London",
        "a@example.org",
    )
    moved = changed.after(AccountChanged(at=NOW, time_zone="UTC"))
    assert (moved.name, moved.time_zone) == ("Ada L.", "UTC")
