"""What a mentor says of themselves, and a partial change of it."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType


class MentorProfile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Personal data of a mentor. None: not told. Rates are whole or hundredths per hour."""

    name: str
    email: str
    skills: tuple[str, ...] = ()
    experience_years: int | None = None
    bio: str = ""
    hourly_rate: int | float | None = None
    premium: bool = False
    languages: tuple[str, ...] = ()
    time_zone: str = "UTC"
    max_sessions_per_day: int | None = None
    mobile_number: str | None = None
    external_id: str | None = None


class ProfileChanges(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields that change; UNSET: as before."""

    name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    skills: tuple[str, ...] | UnsetType = UNSET
    experience_years: int | UnsetType | None = UNSET
    bio: str | UnsetType = UNSET
    hourly_rate: int | float | UnsetType | None = UNSET
    premium: bool | UnsetType = UNSET
    languages: tuple[str, ...] | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    max_sessions_per_day: int | UnsetType | None = UNSET
    mobile_number: str | UnsetType | None = UNSET
    external_id: str | UnsetType | None = UNSET

    def given(self) -> dict[str, object]:
        """Return the fields that are set, by name."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in values.items() if value is not UNSET}


def changed(profile: MentorProfile, changes: ProfileChanges) -> MentorProfile:
    """Return the profile as it is after the changes."""
    return msgspec.structs.replace(profile, **changes.given())


def difference(profile: MentorProfile, wanted: ProfileChanges) -> ProfileChanges:
    """Return only what of ``wanted`` is not so already."""
    return ProfileChanges(
        **{k: v for k, v in wanted.given().items() if getattr(profile, k) != v}  # type: ignore[arg-type]
    )
