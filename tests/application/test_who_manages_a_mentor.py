"""A mentor is managed by themselves and by admins, and by nobody else."""

from __future__ import annotations

import pytest

from mentorbooking.application.authorisation import is_mentor, manages_mentor
from mentorbooking.application.principal import Principal
from mentorbooking.domain.user_account.role import Role
from tests.support.fixed import MENTOR, STUDENT, USER

ANOTHER = "mentor_01k40000000000000000000009"


@pytest.mark.parametrize(
    ("caller", "is_them", "manages_them"),
    [
        (None, False, False),
        (Principal(USER, Role.MENTOR, mentor_id=MENTOR), True, True),
        (Principal(USER, Role.MENTOR, mentor_id=ANOTHER), False, False),
        (Principal(USER, Role.STUDENT, student_id=STUDENT), False, False),
        (Principal(USER, Role.OPERATOR), False, False),
        (Principal(USER, Role.ADMIN), False, True),
    ],
)
def test_who_manages_a_mentor(caller: Principal | None, is_them: bool, manages_them: bool) -> None:
    assert is_mentor(caller, MENTOR) is is_them
    assert manages_mentor(caller, MENTOR) is manages_them
