"""Settings as they are told to people."""

from __future__ import annotations

import re

import msgspec

from mentorbooking.entrypoints.settings import PREFIX, SETTINGS, Settings, as_text

_PASSWORD_IN_URL = re.compile(r"(?<=:)[^:@/]+(?=@)")


class ExplainedSetting(msgspec.Struct, frozen=True):
    """``now`` and ``default`` are written as the variable is; None: not set."""

    variable: str
    now: str | None
    default: str | None
    meaning: str
    allowed: str


def explained(settings: Settings) -> list[ExplainedSetting]:
    """Explain every setting; secrets and passwords are left out of what they are now."""
    defaults = Settings()
    return [
        ExplainedSetting(
            PREFIX + name.upper(),
            _without_secrets(name, _written(getattr(settings, name))),
            _written(getattr(defaults, name)),
            setting.meaning,
            setting.allowed,
        )
        for name, setting in SETTINGS.items()
    ]


def _written(value: object) -> str | None:
    return None if value is None else as_text(value)


def _without_secrets(name: str, value: str | None) -> str | None:
    if value is None:
        return None
    return "(set)" if name == "secret_key" else _PASSWORD_IN_URL.sub("…", value)
