"""The settings that name a Cognito user pool."""

from __future__ import annotations

import pytest

from mentorbooking.entrypoints.settings import WrongSetting, load_settings

ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"
POOL = {"MENTORBOOKING_COGNITO_ISSUER": ISSUER, "MENTORBOOKING_COGNITO_CLIENT_IDS": "abc, def"}


def test_without_an_issuer_there_is_no_pool() -> None:
    settings = load_settings({})
    assert (settings.cognito_issuer, settings.cognito_keys_url) == (None, None)


def test_its_keys_are_below_its_issuer_unless_they_are_elsewhere() -> None:
    assert load_settings(POOL).cognito_keys_url == f"{ISSUER}/.well-known/jwks.json"
    elsewhere = "http://127.0.0.1:5000/pool/.well-known/jwks.json"
    there = load_settings({**POOL, "MENTORBOOKING_COGNITO_JWKS_URL": elsewhere})
    assert there.cognito_keys_url == elsewhere


def test_clients_are_named_one_by_one_and_groups_like_roles() -> None:
    settings = load_settings(POOL)
    assert settings.cognito_client_ids == ("abc", "def")
    assert settings.cognito_admin_group == "admin"
    assert settings.cognito_mentor_group == "mentor"
    assert settings.cognito_operator_group == "operator"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ISSUER", "eu-west-1_AbCdEf123"),
        ("ISSUER", f"{ISSUER}?x=1"),
        ("JWKS_URL", "file:///etc/keys.json"),
        ("CLIENT_IDS", ","),
        ("CLIENT_IDS", "abc;def"),
        ("ADMIN_GROUP", " "),
    ],
)
def test_a_wrong_one_stops_the_start_with_its_name(name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=f"MENTORBOOKING_COGNITO_{name} "):
        load_settings({**POOL, f"MENTORBOOKING_COGNITO_{name}": value})


@pytest.mark.parametrize("left_out", POOL)
def test_an_issuer_and_its_clients_are_needed_together(left_out: str) -> None:
    rest = {name: value for name, value in POOL.items() if name != left_out}
    with pytest.raises(WrongSetting, match=left_out):
        load_settings(rest)
