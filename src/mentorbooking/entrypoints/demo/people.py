"""The people of the demo. Their addresses are of a domain that nobody has (RFC 2606)."""

from __future__ import annotations

import unicodedata
from importlib.resources import files
from typing import Final, NamedTuple

from mentorbooking.domain.mentor.profile import MentorProfile

PASSWORD: Final = "show me around"  # noqa: S105  everybody may know it: it is printed


class Person(NamedTuple):
    """Somebody who can sign in."""

    name: str
    time_zone: str

    @property
    def email(self) -> str:
        return address_of(self.name)


def address_of(name: str) -> str:
    """Make an address of a name, in plain letters."""
    plain = unicodedata.normalize("NFKD", name.lower().replace("ø", "o"))
    words = ("".join(filter(_is_plain, word)) for word in plain.split())
    return f"{'.'.join(words)}@example.org"


def _is_plain(letter: str) -> bool:
    return letter.isascii() and letter.isalpha()


ADMIN: Final = Person("Ada Admin", "Europe/Vienna")
OPERATOR: Final = Person("Otto Operator", "Europe/Vienna")
STUDENTS: Final = (
    Person("Sara Student", "Europe/Berlin"),
    Person("Noah Bennett", "America/New_York"),
    Person("Priya Raman", "Asia/Kolkata"),
    Person("Tomás Herrera", "America/Bogota"),
    Person("Aiko Mori", "Asia/Tokyo"),
)

_BIOS: Final = (
    "{years} years with {first}, and still curious. You leave with something you can do alone.",
    "I have taught {first} to beginners and to teams. Bring code, bring questions, bring both.",
    "Most of my {years} years went into {first}. I help with plans, reviews and the hard talks.",
    "My sessions are calm: half of the time for {first}, half for whatever stands in your way.",
)


def mentors() -> list[MentorProfile]:
    """Return the profiles, in the order of ``mentors.txt``."""
    table = files(__package__).joinpath("mentors.txt").read_text(encoding="utf-8")
    return [_profile(number, line) for number, line in enumerate(table.splitlines()[1:])]


def _profile(number: int, line: str) -> MentorProfile:
    name, zone, languages, years, rate, skills = (cell.strip() for cell in line.split("|"))
    taught = tuple(skill.strip() for skill in skills.split(";"))
    amount = float(rate.rstrip("* "))
    return MentorProfile(
        name=name,
        email=address_of(name),
        skills=taught,
        experience_years=int(years),
        bio=_BIOS[number % len(_BIOS)].format(years=years, first=taught[0]),
        hourly_rate=int(amount) if amount.is_integer() else amount,
        premium=rate.endswith("*"),
        languages=tuple(languages.split()),
        time_zone=zone,
        max_sessions_per_day=3 + number % 4,
    )
