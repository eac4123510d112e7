"""The role of an account that another identity provider tells: the latest word counts."""

from datetime import timedelta

import pytest

from mentorbooking.domain.user_account.account import UserAccount
from mentorbooking.domain.user_account.events import AccountRegistered, AccountRoleChanged
from mentorbooking.domain.user_account.role import Role
from tests.support.fixed import MENTOR, NOW, STUDENT, USER
from tests.support.scenario import given

SECOND = timedelta(seconds=1)
REGISTERED = AccountRegistered(
    at=NOW,
    email="",
    name="Ada",
    role=Role.STUDENT,
    time_zone="UTC",
    student_id=STUDENT,
    role_as_of=NOW,
)
PROMOTED = AccountRoleChanged(at=NOW, role=Role.MENTOR, role_as_of=NOW + SECOND, mentor_id=MENTOR)


def account():
    return UserAccount(id=USER)


def told(role, as_of, **ids):
    parts = {"student_id": None, "mentor_id": None, **ids}
    return lambda a: a.take_role(role, role_as_of=as_of, **parts, now=NOW)


@pytest.mark.parametrize("later", [timedelta(), SECOND])
def test_another_role_that_is_told_later_or_in_the_same_second_is_taken(later):
    given(account(), REGISTERED).when(told(Role.MENTOR, NOW + later, mentor_id=MENTOR)).then(
        AccountRoleChanged(at=NOW, role=Role.MENTOR, role_as_of=NOW + later, mentor_id=MENTOR)
    )


def test_the_part_of_the_role_is_kept_with_it():
    given(account(), REGISTERED, PROMOTED).when(
        told(Role.STUDENT, NOW + SECOND, student_id=STUDENT)
    ).then(
        AccountRoleChanged(at=NOW, role=Role.STUDENT, role_as_of=NOW + SECOND, student_id=STUDENT)
    )


def test_what_was_told_earlier_changes_nothing():
    given(account(), REGISTERED, PROMOTED).when(
        told(Role.STUDENT, NOW, student_id=STUDENT)
    ).then_nothing()


def test_the_same_role_is_no_news():
    given(account(), REGISTERED).when(
        told(Role.STUDENT, NOW + SECOND, student_id=STUDENT)
    ).then_nothing()


def test_an_account_has_the_part_of_its_present_role_and_remembers_the_others():
    promoted = account().after(REGISTERED, PROMOTED)
    assert (promoted.role, promoted.student_id, promoted.mentor_id) == (Role.MENTOR, None, MENTOR)
    assert promoted.parts == {Role.STUDENT: STUDENT, Role.MENTOR: MENTOR}
    admin = promoted.after(AccountRoleChanged(at=NOW, role=Role.ADMIN, role_as_of=NOW + 2 * SECOND))
    assert (admin.role, admin.student_id, admin.mentor_id) == (Role.ADMIN, None, None)
    assert admin.parts == promoted.parts
