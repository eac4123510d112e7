"""Passwords: Argon2id, never on the event loop, at most two at a time."""

import asyncio
import secrets
import threading
import time

import pytest
from argon2 import extract_parameters
from argon2.exceptions import InvalidHashError

from mentorbooking.adapters.identity.passwords import Argon2Passwords, Cost
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"
CHEAP = Cost(memory=8, passes=1)


@pytest.fixture
def passwords():
    made = Argon2Passwords(secrets.token_bytes, CHEAP)
    yield made
    made.close()


async def test_the_password_that_was_hashed_matches_and_no_other(passwords):
    known = await passwords.hash(PASSWORD)
    assert await passwords.verify(PASSWORD, known)
    for other in ("", PASSWORD.upper(), PASSWORD + " ", PASSWORD[:-1], known):
        assert not await passwords.verify(other, known)


async def test_equal_passwords_hash_differently(passwords):
    assert await passwords.hash(PASSWORD) != await passwords.hash(PASSWORD)


async def test_the_costs_are_what_owasp_asks_for():
    passwords = Argon2Passwords(secrets.token_bytes)
    known = await passwords.hash(PASSWORD)
    assert known.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert extract_parameters(known).salt_len == 16
    assert extract_parameters(known).hash_len == 32
    assert await passwords.verify(PASSWORD, known)
    passwords.close()


async def test_letters_are_equal_however_they_were_typed(passwords):
    known = await passwords.hash("pass\u00e9-word-1")
    assert await passwords.verify("passe\u0301-word-1", known)


@pytest.mark.parametrize("password", ["", "x" * 100_000, "nul\x00nul", "\ud800", "🔑" * 200])
async def test_any_text_can_be_a_password(passwords, password):
    known = await passwords.hash(password)
    assert await passwords.verify(password, known)
    assert not await passwords.verify(password + "!", known)


async def test_what_follows_a_nul_counts(passwords):
    known = await passwords.hash("secret\x00one")
    assert not await passwords.verify("secret\x00two", known)


@pytest.mark.parametrize("password", [PASSWORD, "", "\x00" * 32])
async def test_nobody_has_no_password(passwords, password):
    assert await passwords.verify(password, None) is False


async def test_the_time_does_not_tell_whether_there_is_an_account():
    passwords = Argon2Passwords(secrets.token_bytes, Cost(memory=4096, passes=2))
    known = await passwords.hash(PASSWORD)
    wrong, nobody = [], []
    for _ in range(15):
        for times, asked in ((wrong, known), (nobody, None)):
            start = time.process_time()
            assert not await passwords.verify("not the password", asked)
            times.append(time.process_time() - start)
    passwords.close()
    assert 0.5 < min(nobody) / min(wrong) < 2


async def test_a_hash_made_with_other_costs_still_works_and_is_to_be_renewed(passwords):
    earlier = Argon2Passwords(secrets.token_bytes, Cost(memory=16, passes=1))
    known = await earlier.hash(PASSWORD)
    earlier.close()
    assert await passwords.verify(PASSWORD, known)
    assert passwords.needs_rehash(known)
    assert not passwords.needs_rehash(await passwords.hash(PASSWORD))


async def test_a_hash_that_is_none_is_a_fault_and_not_a_wrong_password(passwords):
    with pytest.raises(InvalidHashError):
        await passwords.verify(PASSWORD, "plain text")


async def test_two_are_hashed_at_a_time_and_not_on_the_event_loop():
    threads = set()
    together = threading.Barrier(2)

    def token_bytes(count):
        threads.add(threading.current_thread())
        together.wait(PATIENCE)
        return secrets.token_bytes(count)

    passwords = Argon2Passwords(token_bytes, CHEAP)
    await asyncio.gather(*(passwords.hash(PASSWORD) for _ in range(20)))
    passwords.close()
    assert len(threads) == 2
    assert threading.current_thread() not in threads


async def test_the_event_loop_goes_on_meanwhile():
    passwords = Argon2Passwords(secrets.token_bytes, Cost(memory=19456, passes=4))
    most = 0
    for _ in range(20):  # a busy machine may stop the loop for as long as one takes
        turns = 0
        work = asyncio.ensure_future(passwords.hash(PASSWORD))
        while not work.done():
            turns += 1
            await asyncio.sleep(0)
        most = max(most, turns)
        if most > 10:
            break
    passwords.close()
    assert most > 10
