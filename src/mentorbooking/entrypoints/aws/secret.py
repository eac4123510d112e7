"""The secret that all processes on AWS share."""

from __future__ import annotations

from mentorbooking.adapters.identity.secret_key import Keys, derive_keys, secret_from_setting
from mentorbooking.entrypoints.settings import PREFIX, Settings, WrongSetting


def keys_of(settings: Settings) -> Keys:
    """Derive the keys of tokens and links; ``WrongSetting`` without a secret."""
    if not settings.secret_key:
        raise WrongSetting(
            f"{PREFIX}SECRET_KEY: the aws backend needs one, the same for every process: "
            "at least 32 characters"
        )
    return derive_keys(secret_from_setting(settings.secret_key))
