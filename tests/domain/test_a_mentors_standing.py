"""A mentor: profile, pausing, being known, and taking a profile over by invitation."""

from datetime import timedelta

import pytest
from msgspec import UNSET

from mentorbooking.domain.mentor.errors import AlreadyHasAccount, InvitationInvalid
from mentorbooking.domain.mentor.events import (
    MentorActivated,
    MentorConfirmed,
    MentorCreated,
    MentorInvited,
    MentorPaused,
    MentorProfileChanged,
    MentorStatus,
    MentorTakenOver,
    Origin,
)
from mentorbooking.domain.mentor.mentor import INVITATION_LIFETIME, Mentor
from mentorbooking.domain.mentor.profile import MentorProfile, ProfileChanges
from tests.support.fixed import MENTOR, NOW, USER
from tests.support.scenario import given

PROFILE = MentorProfile(name="Ada", email="ada@example.org", skills=("Python",), hourly_rate=30)
IMPORTED = MentorCreated(at=NOW, profile=PROFILE, origin=Origin.IMPORT)
REGISTERED = MentorCreated(at=NOW, profile=PROFILE, origin=Origin.REGISTRATION, user_id=USER)
INVITED = MentorInvited(
    at=NOW, invitation_id="invitation_1", expires_at=NOW + INVITATION_LIFETIME, invited_by=USER
)


def mentor():
    return Mentor(id=MENTOR)


def test_who_registers_has_an_account_and_may_be_booked_at_once():
    decision = Mentor.register(MENTOR, profile=PROFILE, user_id=USER, now=NOW)
    assert decision.events == (REGISTERED,)
    registered = decision.outcome()
    assert (registered.id, registered.profile, registered.user_id) == (MENTOR, PROFILE, USER)
    assert (registered.is_active, registered.origin) == (True, Origin.REGISTRATION)
    assert (registered.created_at, registered.updated_at) == (NOW, NOW)


def test_who_is_imported_has_an_invitation_and_no_account():
    decision = Mentor.create_invited(
        MENTOR,
        profile=PROFILE,
        origin=Origin.IMPORT,
        status=MentorStatus.PAUSED,
        invitation_id="invitation_1",
        invited_by=USER,
        now=NOW,
    )
    assert decision.events == (
        MentorCreated(at=NOW, profile=PROFILE, origin=Origin.IMPORT, status=MentorStatus.PAUSED),
        INVITED,
    )
    imported = decision.outcome()
    assert (imported.id, imported.is_active, imported.user_id) == (MENTOR, False, None)
    assert (imported.invitation_id, imported.invitation_expires_at) == (
        "invitation_1",
        NOW + timedelta(days=7),
    )


def test_only_what_differs_is_recorded():
    wanted = ProfileChanges(name="Ada", skills=("Python", "Go"), hourly_rate=None)
    given(mentor(), IMPORTED).when(lambda m: m.change_profile(wanted, now=NOW)).then(
        MentorProfileChanged(
            at=NOW, changes=ProfileChanges(skills=("Python", "Go"), hourly_rate=None)
        )
    )


def test_what_is_not_mentioned_stays_and_what_is_cleared_goes():
    changed = MentorProfileChanged(at=NOW, changes=ProfileChanges(hourly_rate=None, bio="Hi"))
    profile = mentor().after(IMPORTED, changed).profile
    assert (profile.name, profile.hourly_rate, profile.bio) == ("Ada", None, "Hi")


def test_the_same_profile_again_changes_nothing():
    same = ProfileChanges(name="Ada", email="ada@example.org", hourly_rate=30.0)
    given(mentor(), IMPORTED).when(lambda m: m.change_profile(same, now=NOW)).then_nothing()


def test_an_import_changes_profile_and_status_at_once():
    given(mentor(), IMPORTED).when(
        lambda m: m.take_in(ProfileChanges(bio="Hi"), MentorStatus.PAUSED, now=NOW)
    ).then(
        MentorProfileChanged(at=NOW, changes=ProfileChanges(bio="Hi")),
        MentorPaused(at=NOW),
    )


def test_an_import_without_a_status_leaves_a_paused_mentor_paused():
    given(mentor(), IMPORTED, MentorPaused(at=NOW)).when(
        lambda m: m.take_in(ProfileChanges(), None, now=NOW)
    ).then_nothing()


def test_pausing_and_activating_are_harmless_when_asked_twice():
    given(mentor(), IMPORTED).when(lambda m: m.activate(now=NOW)).then_nothing()
    given(mentor(), IMPORTED).when(lambda m: m.pause(now=NOW)).then(MentorPaused(at=NOW))
    paused = given(mentor(), IMPORTED, MentorPaused(at=NOW))
    paused.when(lambda m: m.pause(now=NOW)).then_nothing()
    paused.when(lambda m: m.activate(now=NOW)).then(MentorActivated(at=NOW))


def test_who_registered_is_known_once_an_admin_confirms_it():
    assert not mentor().after(REGISTERED).is_known
    assert mentor().after(REGISTERED, MentorConfirmed(at=NOW)).is_known
    assert mentor().after(IMPORTED).is_known
    given(mentor(), REGISTERED).when(lambda m: m.confirm(now=NOW)).then(MentorConfirmed(at=NOW))
    given(mentor(), REGISTERED, MentorConfirmed(at=NOW)).when(
        lambda m: m.confirm(now=NOW)
    ).then_nothing()


def test_an_invited_mentor_takes_the_profile_over():
    given(mentor(), IMPORTED, INVITED).when(
        lambda m: m.accept_invitation("invitation_1", user_id=USER, now=NOW)
    ).then(MentorTakenOver(at=NOW, user_id=USER))


def test_the_profile_says_what_its_owner_said_when_registering():
    given(mentor(), IMPORTED, INVITED).when(
        lambda m: m.accept_invitation(
            "invitation_1",
            user_id=USER,
            own_words=ProfileChanges(name="Ada L.", time_zone="UTC"),
            now=NOW,
        )
    ).then(
        MentorTakenOver(at=NOW, user_id=USER),
        MentorProfileChanged(at=NOW, changes=ProfileChanges(name="Ada L.")),
    )


def test_who_took_a_profile_over_has_an_account_and_no_invitation():
    taken_over = mentor().after(IMPORTED, INVITED, MentorTakenOver(at=NOW, user_id=USER))
    assert taken_over.user_id == USER
    assert (taken_over.invitation_id, taken_over.invitation_expires_at) == (None, None)


def test_an_invitation_works_once():
    given(mentor(), IMPORTED, INVITED, MentorTakenOver(at=NOW, user_id=USER)).when(
        lambda m: m.accept_invitation("invitation_1", user_id="user_2", now=NOW)
    ).then_refused(InvitationInvalid)


def test_an_invitation_works_for_seven_days():
    given(mentor(), IMPORTED, INVITED).when(
        lambda m: m.accept_invitation("invitation_1", user_id=USER, now=NOW + INVITATION_LIFETIME)
    ).then_refused(InvitationInvalid)


def test_a_new_invitation_replaces_the_earlier_one():
    again = MentorInvited(
        at=NOW, invitation_id="invitation_2", expires_at=INVITED.expires_at, invited_by=USER
    )
    given(mentor(), IMPORTED, INVITED, again).when(
        lambda m: m.accept_invitation("invitation_1", user_id=USER, now=NOW)
    ).then_refused(InvitationInvalid)


def test_who_has_no_account_can_be_invited_again():
    given(mentor(), IMPORTED).when(lambda m: m.invite("invitation_1", by=USER, now=NOW)).then(
        INVITED
    )


def test_who_has_an_account_is_not_invited():
    given(mentor(), REGISTERED).when(
        lambda m: m.invite("invitation_1", by=USER, now=NOW)
    ).then_refused(AlreadyHasAccount)


@pytest.mark.parametrize("field", ProfileChanges.__struct_fields__)
def test_every_field_of_the_profile_can_change_alone(field):
    assert getattr(ProfileChanges(), field) is UNSET
    assert hasattr(PROFILE, field)
