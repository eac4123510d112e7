"""Keyed hashes of people of another identity provider: one each, and never that of an address."""

from mentorbooking.adapters.identity.address_keys import address_key
from mentorbooking.adapters.identity.subject_keys import subject_key
from tests.support.user_pool import ISSUER, SUBJECT

KEY = bytes(range(32))


def test_the_same_person_always_has_the_same():
    assert subject_key(KEY, ISSUER, SUBJECT) == subject_key(KEY, ISSUER, SUBJECT)
    assert len(subject_key(KEY, ISSUER, SUBJECT)) == 64


def test_everybody_else_has_another():
    others = {
        subject_key(KEY, ISSUER, SUBJECT),
        subject_key(KEY, ISSUER, SUBJECT.upper()),
        subject_key(KEY, ISSUER[:-1], ISSUER[-1] + SUBJECT),
        subject_key(KEY, ISSUER + "x", SUBJECT),
        subject_key(KEY[::-1], ISSUER, SUBJECT),
        address_key(KEY, f"{ISSUER}\n{SUBJECT}"),
        address_key(KEY, SUBJECT),
    }
    assert len(others) == 7
