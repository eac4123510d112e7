"""The one function that decides what can be booked, and in which order it says why not."""

from itertools import product

import pytest

from mentorbooking.domain.scheduling.bookability import Reason, reasons_against
from tests.support.fixed import NOW, slot

ORDER = ["mentor-not-active", "slot-in-past", "slot-taken", "student-overlap"]


@pytest.mark.parametrize(
    ("active", "past", "taken", "overlap"), list(product([True, False], repeat=4))
)
def test_every_reason_is_told_in_the_order_of_the_contract(active, past, taken, overlap):
    wanted = slot(hours=-1) if past else slot(hours=1)
    reasons = reasons_against(
        wanted,
        now=NOW,
        mentor_is_active=active,
        is_taken=taken,
        student_sessions=[wanted] if overlap else [],
    )
    flags = [not active, past, taken, overlap]
    assert reasons == [reason for reason, applies in zip(ORDER, flags, strict=True) if applies]


def test_a_session_that_ends_when_the_next_starts_is_no_overlap():
    assert (
        reasons_against(
            slot(hours=2),
            now=NOW,
            mentor_is_active=True,
            is_taken=False,
            student_sessions=[slot(hours=1), slot(hours=3)],
        )
        == []
    )


def test_a_slot_that_starts_now_is_past():
    assert reasons_against(slot(), now=NOW, mentor_is_active=True, is_taken=False) == [
        Reason.SLOT_IN_PAST
    ]
