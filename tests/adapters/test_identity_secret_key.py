"""The secret: given, or made once and kept where nobody else can read it."""

import os
import secrets
import stat
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mentorbooking.adapters.identity.secret_key import (
    UnusableSecret,
    derive_keys,
    kept_secret,
    secret_from_setting,
)
from tests.support.identity import KEYS, SECRET

FIELDS = ("access_tokens", "links", "invitations", "cursors")


def test_a_secret_that_was_set_is_used_as_it_is():
    assert secret_from_setting("ü" * 32) == ("ü" * 32).encode()


@pytest.mark.parametrize("text", ["", "short", "x" * 31])
def test_a_secret_that_is_too_short_is_refused_and_not_quoted(text):
    with pytest.raises(UnusableSecret, match="at least 32 characters") as refusal:
        secret_from_setting(text)
    assert not text or text not in str(refusal.value)


def test_the_first_start_makes_a_secret_and_the_next_finds_it(tmp_path):
    made = kept_secret(tmp_path, secrets.token_bytes)
    assert len(made) >= 32
    assert kept_secret(tmp_path, secrets.token_bytes) == made
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_installations_have_different_secrets(tmp_path):
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    one, other = (kept_secret(folder, secrets.token_bytes) for folder in folders)
    assert one != other


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_its_owner_can_read_the_file(tmp_path, umask):
    before = os.umask(umask)
    try:
        kept_secret(tmp_path, secrets.token_bytes)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o602, 0o610, 0o777])
def test_a_file_that_others_can_reach_is_refused(tmp_path, mode):
    secret = kept_secret(tmp_path, secrets.token_bytes)
    path = tmp_path / "secret.key"
    path.chmod(mode)
    with pytest.raises(UnusableSecret, match=f"chmod 600 {path}") as refusal:
        kept_secret(tmp_path, secrets.token_bytes)
    assert secret.decode() not in str(refusal.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"x" * 31 + b"\n", b"\xff" * 64])
def test_a_file_without_a_secret_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "secret.key"
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(UnusableSecret, match="holds no secret"):
        kept_secret(tmp_path, secrets.token_bytes)
    assert path.read_bytes() == content


def test_first_starts_at_once_agree(tmp_path):
    starts = 16
    for attempt in range(20):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        together = Barrier(starts)

        def start(folder=folder, together=together):
            together.wait()
            return kept_secret(folder, secrets.token_bytes)

        with ThreadPoolExecutor(starts) as threads:
            made = {future.result() for future in [threads.submit(start) for _ in range(starts)]}
        assert len(made) == 1
        assert [path.name for path in folder.iterdir()] == ["secret.key"]


def test_who_comes_late_takes_what_is_there(tmp_path):
    """Another process makes the file after this one has looked for it."""
    theirs = "t" * 64

    def token_bytes(count):
        path = tmp_path / "secret.key"
        if not path.exists():
            path.touch(0o600)
            path.write_text(theirs)
        return secrets.token_bytes(count)

    assert kept_secret(tmp_path, token_bytes) == theirs.encode()
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_a_folder_that_is_missing_is_the_callers_to_make(tmp_path):
    with pytest.raises(FileNotFoundError):
        kept_secret(tmp_path / "missing", secrets.token_bytes)


def test_every_purpose_has_a_key_of_its_own():
    keys = {getattr(KEYS, name) for name in FIELDS}
    assert len(keys) == len(FIELDS)
    assert {len(key) for key in keys} == {32}
    assert SECRET not in keys


@pytest.mark.parametrize("secret", [SECRET, b"x" * 32, bytes(range(256)) * 2, "ü€".encode() * 16])
def test_the_keys_are_those_of_hkdf(secret):
    info = b"mentorbooking/link/1"
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=info)
    assert derive_keys(secret).links == hkdf.derive(secret)


def test_another_secret_gives_other_keys():
    others = derive_keys(SECRET + b"!")
    assert {getattr(others, name) for name in FIELDS}.isdisjoint(
        getattr(KEYS, name) for name in FIELDS
    )


def test_the_keys_stay_what_they_are():
    """A change would void every session, link, invitation and cursor that is out there."""
    assert (
        KEYS.access_tokens.hex()
        == "5f8a93cd3ecc80a61cd335e3c28b3eddb2aea4841e014f640b696d6ab317c61d"
    )
    assert KEYS.links.hex().startswith("73807b46e821b210")
    assert (
        KEYS.invitations.hex() == "48e3ea3ab5f5ba8da59d820d75115cd654f7cef88581d8d42f2f93414a0ecea2"
    )
    assert KEYS.cursors.hex().startswith("b8b05258a0b75d41")


def test_keys_are_not_shown():
    assert KEYS.links.hex() not in repr(KEYS)
    assert repr(KEYS.links) not in repr(KEYS)
