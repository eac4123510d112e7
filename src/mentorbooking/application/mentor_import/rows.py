"""What one row of the file says about one mentor, and everything that is wrong with it."""

from __future__ import annotations

import hashlib

import msgspec
from msgspec import UNSET, UnsetType

from mentorbooking.domain.mentor.events import MentorStatus
from mentorbooking.domain.mentor_import.events import RowProblem


class MentorRow(msgspec.Struct, frozen=True, kw_only=True):
    """The fields given. ``UNSET`` keeps what is there, None brings the default back.

    ``normalised_email`` is what the upsert goes by, ``email`` the address as typed, for a new
    mentor.
    """

    email: str
    normalised_email: str
    name: str | UnsetType = UNSET
    skills: tuple[str, ...] | UnsetType = UNSET
    experience_years: int | UnsetType | None = UNSET
    bio: str | UnsetType | None = UNSET
    hourly_rate: int | float | UnsetType | None = UNSET
    max_sessions_per_day: int | UnsetType | None = UNSET
    premium: bool | UnsetType | None = UNSET
    languages: tuple[str, ...] | UnsetType | None = UNSET
    time_zone: str | UnsetType | None = UNSET
    mobile_number: str | UnsetType | None = UNSET
    status: MentorStatus | UnsetType | None = UNSET
    external_id: str | UnsetType | None = UNSET


class ParsedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the file, with all its errors at once, in the order of the columns.

    A new mentor needs a name and skills, a known one keeps what it has, and the parser does not
    know which it is: ``errors`` holds for a known mentor, ``errors_if_new`` for a new one.
    Where ``normalised_email`` is None nobody can be looked up, and the two are the same.
    ``mentor`` is None exactly if there are ``errors``. ``email_column`` is how the file names that
    column, for what only the store can say against an address.
    """

    line: int
    cells: tuple[str, ...]
    email_column: str
    normalised_email: str | None = None
    mentor: MentorRow | None = None
    errors: tuple[RowProblem, ...] = ()
    errors_if_new: tuple[RowProblem, ...] = ()

    def errors_for(self, *, new: bool) -> tuple[RowProblem, ...]:
        return self.errors_if_new if new else self.errors


class AddressesSeen:
    """The addresses of a file, as 16 bytes of hash each, with the line that had them first.

    A row that failed counts too, as long as its address could be read: which row was meant is
    for the sender to say.
    """

    def __init__(self) -> None:
        self._lines: dict[bytes, int] = {}

    def first_line(self, normalised_email: str, line: int) -> int:
        """Remember the address; return the line on which it stood first."""
        digest = hashlib.blake2b(normalised_email.encode(), digest_size=16).digest()
        return self._lines.setdefault(digest, line)
