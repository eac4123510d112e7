"""Invitations: made from their facts alone, and proved by nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from mentorbooking.adapters.identity.invitations import SignedInvitations
from mentorbooking.application.ports.identity import InvalidInvitationToken, InvitationClaims
from tests.support.fixed import MENTOR, NOW, USER
from tests.support.identity import (
    CALLER,
    KEYS,
    access_tokens,
    compact,
    each_letter_changed,
    signed_by_hand,
)

WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)
CLAIMS = InvitationClaims(MENTOR, "invitation_1", NOW + WEEK)
INVITATIONS = SignedInvitations(KEYS.invitations)
GOOD = INVITATIONS.token(CLAIMS)
HEADER = compact({"alg": "HS256", "typ": "invitation+jwt"})
EXPIRES = int((NOW + WEEK).timestamp())


def test_the_token_proves_its_claims_until_it_expires():
    assert INVITATIONS.verify(GOOD, NOW) == CLAIMS
    assert INVITATIONS.verify(GOOD, NOW + WEEK - SECOND) == CLAIMS
    for late in (WEEK, WEEK + SECOND, 100 * WEEK):
        with pytest.raises(InvalidInvitationToken, match="expired"):
            INVITATIONS.verify(GOOD, NOW + late)


def test_the_same_claims_give_the_same_token_in_another_process_too():
    assert SignedInvitations(KEYS.invitations).token(CLAIMS) == GOOD


@pytest.mark.parametrize(
    "other",
    [
        InvitationClaims("mentor_2", "invitation_1", NOW + WEEK),
        InvitationClaims(MENTOR, "invitation_2", NOW + WEEK),
        InvitationClaims(MENTOR, "invitation_1", NOW + WEEK + SECOND),
    ],
)
def test_other_claims_give_another_token(other):
    assert INVITATIONS.token(other) != GOOD


def test_parts_of_a_second_do_not_count():
    instant = datetime(2026, 11, 28, 12, 0, 0, 999_999, tzinfo=UTC)
    token = INVITATIONS.token(InvitationClaims(MENTOR, "invitation_1", instant))
    assert INVITATIONS.verify(token, NOW).expires_at == instant.replace(microsecond=0)


def test_it_can_stand_in_a_url():
    assert all(letter.isascii() and (letter.isalnum() or letter in "-_.") for letter in GOOD)
    assert len(GOOD) < 300


def by_hand(header=HEADER, key=KEYS.invitations, **claims):
    good = {"jti": "invitation_1", "sub": MENTOR, "exp": EXPIRES}
    return signed_by_hand(header, compact({**good, **claims}), key)


def test_the_forger_knows_how_good_ones_are_made():
    assert by_hand() == GOOD


@pytest.mark.parametrize(
    "token",
    [
        "",
        GOOD + "=",
        GOOD + "\n",
        GOOD[:-1],
        GOOD.upper(),
        *each_letter_changed(GOOD),
        by_hand(key=KEYS.access_tokens),
        by_hand(key=KEYS.links),
        by_hand(key=b"x" * 32),
        by_hand(header=compact({"alg": "HS256", "typ": "at+jwt"})),
        by_hand(header=compact({"alg": "HS256", "typ": "JWT"})),
        by_hand(header=compact({"alg": "none", "typ": "invitation+jwt"})),
        by_hand(exp=str(EXPIRES)),
        by_hand(exp=float(EXPIRES)),
        by_hand(exp=None),
        by_hand(exp=-1),
        by_hand(exp=10**30),
        by_hand(exp=10**12),
        by_hand(sub=""),
        by_hand(sub=None),
        by_hand(sub=[MENTOR]),
        by_hand(jti=7),
        by_hand(role="admin"),
        access_tokens().issue(CALLER, NOW).access_token,
        access_tokens(KEYS.invitations).issue(CALLER, NOW).access_token,
        USER,
        "x" * 1_000_000,
    ],
)
def test_no_other_token_is_an_invitation(token):
    with pytest.raises(InvalidInvitationToken):
        INVITATIONS.verify(token, NOW)
