"""What is mutated, and which tests have to notice.

A rule of the domain is to be shown by a test of the domain, which is also the quickest to ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import Final, NamedTuple

PACKAGE: Final = PurePath("src/mentorbooking")

_OF_UPLOADS = "tests/application/test_csv_refused_before_an_import.py"


class Area(NamedTuple):
    """``tests`` are to notice; ``left_out`` of them are those that are slow or measure memory.

    ``clean`` are the parts of which every survivor has been dealt with: what is mutated where
    nothing is named.
    """

    name: str
    clean: tuple[str, ...]
    tests: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    @property
    def path(self) -> PurePath:
        return PACKAGE / self.name


AREAS: Final = (
    Area("domain", (".",), ("tests/domain",)),
    Area(
        "application",
        (
            "authorisation.py",
            "bookings_export",
            "deciding_again.py",
            "files/csv_writing.py",
            "integration_events/events.py",
            "jobs",
            "mentor_import",
            "notifications/addressees.py",
            "notifications/admin_letters.py",
            "notifications/booking_cancelled.py",
            "notifications/bookings_exported.py",
            "notifications/import_errors.py",
            "notifications/invitation_letters.py",
            "notifications/mailer.py",
            "notifications/mentor_invitation.py",
            "notifications/mentors_imported.py",
            "notifications/message_states.py",
            "notifications/when.py",
            "outbox",
            "positions.py",
            "reactions.py",
            "trying_again/backoff.py",
            "trying_again/followers.py",
            "trying_again/waiting.py",
            "use_cases/accounts",
            "use_cases/bookings",
            "use_cases/calendar",
            "use_cases/mentors",
            "use_cases/preconditions.py",
        ),
        ("tests/application",),
        (
            "tests/application/test_calendar_booking_student_against_a_model.py",
            "tests/application/test_csv_of_any_size_and_malice.py",
            "tests/application/test_csv_quotes_and_lines.py::test_a_huge_cell_is_a_cell",
            f"{_OF_UPLOADS}::test_another_format_is_refused[1-data12]",
            f"{_OF_UPLOADS}::test_another_format_is_refused[10000000-data12]",
            f"{_OF_UPLOADS}::test_an_endless_upload_is_given_up",
            "tests/application/test_deciding_at_the_same_time.py",
        ),
    ),
)


def chosen(paths: Iterable[Path], root: Path) -> dict[Area, Sequence[PurePath]]:
    """Return what is to be mutated in each area: what is clean where no path is named.

    Raises ``ValueError`` for a path that is in no area.
    """
    wanted: dict[Area, list[PurePath]] = {}
    for path in paths:
        named = PurePath(path.resolve().relative_to(root)) if path.exists() else None
        area = next((each for each in AREAS if named and named.is_relative_to(each.path)), None)
        if area is None or named is None:
            raise ValueError(f"{path} is not in {' or '.join(str(each.path) for each in AREAS)}")
        wanted.setdefault(area, []).append(named)
    return dict(wanted) or {area: [area.path / part for part in area.clean] for area in AREAS}
