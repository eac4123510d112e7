"""What becomes of a refresh token that somebody presents."""

from datetime import timedelta

import msgspec
import pytest

from mentorbooking.application.ports.credentials import StoredRefreshToken
from mentorbooking.domain.user_account.sessions import Verdict, expiry_of, verdict_on
from tests.support.fixed import NOW

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
FRESH = StoredRefreshToken(
    token_hash="h", family="f", user_id="u", issued_at=NOW, family_started_at=NOW
)


def token(**changes):
    return msgspec.structs.replace(FRESH, **changes)


def test_a_fresh_token_is_rotated():
    assert verdict_on(FRESH, NOW) is Verdict.ROTATE


def test_it_works_for_thirty_idle_days():
    assert verdict_on(FRESH, NOW + 30 * DAY - MOMENT) is Verdict.ROTATE
    assert verdict_on(FRESH, NOW + 30 * DAY) is Verdict.REFUSE


def test_a_session_ends_after_ninety_days_however_busy_it_was():
    successor = token(issued_at=NOW + 80 * DAY)
    assert expiry_of(successor) == NOW + 90 * DAY
    assert verdict_on(successor, NOW + 90 * DAY - MOMENT) is Verdict.ROTATE
    assert verdict_on(successor, NOW + 90 * DAY) is Verdict.REFUSE


def test_a_session_that_is_used_every_month_lasts_its_ninety_days():
    issued_at = NOW
    for days in (29, 58, 87):
        assert verdict_on(token(issued_at=issued_at), NOW + days * DAY) is Verdict.ROTATE
        issued_at = NOW + days * DAY
    assert verdict_on(token(issued_at=issued_at), NOW + 91 * DAY) is Verdict.REFUSE


@pytest.mark.parametrize("after", [timedelta(0), MOMENT, 10 * DAY, 31 * DAY, 200 * DAY])
def test_a_second_use_revokes_the_family_even_if_it_comes_late(after):
    used = token(used_at=NOW)
    assert verdict_on(used, NOW + after) is Verdict.REVOKE_FAMILY


@pytest.mark.parametrize("used_at", [None, NOW])
def test_a_revoked_token_is_refused_and_nothing_more(used_at):
    revoked = token(used_at=used_at, revoked_at=NOW)
    assert verdict_on(revoked, NOW) is Verdict.REFUSE


def test_a_token_from_a_clock_that_is_ahead_is_good():
    assert verdict_on(FRESH, NOW - DAY) is Verdict.ROTATE
