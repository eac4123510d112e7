"""An import of mentors has ended: what the admin who asked for it is told."""

from __future__ import annotations

from typing import Final

import msgspec

from mentorbooking.application.answers.failure import Failure
from mentorbooking.application.notifications.facts import Person, Service
from mentorbooking.application.notifications.letter import Detail, Letter, Link, MailContent, write
from mentorbooking.application.notifications.plain_words import shortened
from mentorbooking.domain.mentor_import.events import ImportCounts

ERRORS_TOLD: Final = 10


class RowError(msgspec.Struct, frozen=True):
    """One thing wrong with one row; ``line`` is the physical line on which the row begins."""

    line: int
    column: str | None
    code: str
    detail: str


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the rows, or why no row was touched.

    ``errors`` are in the order of the file; the mail shows the first ten.
    """

    service: Service
    admin: Person
    file_name: str
    report_link: str
    outcome: ImportCounts | Failure
    errors: tuple[RowError, ...] = ()


def to_admin(facts: Facts) -> MailContent:
    match facts.outcome:
        case Failure() as failure:
            letter = _of_failure(facts, failure)
        case counts:
            letter = _of_rows(facts, counts)
    return write(letter, facts.service)


def _of_rows(facts: Facts, counts: ImportCounts) -> Letter:
    return _letter(
        facts,
        subject=f"{counts.failed} of {counts.total} rows failed" if counts.failed else "completed",
        headline="Some rows could not be imported" if counts.failed else "The import is done",
        opening="Every row of your file has been dealt with.",
        details=(*_counts(counts), *_first_errors(facts.errors)),
    )


def _of_failure(facts: Facts, failure: Failure) -> Letter:
    return _letter(
        facts,
        subject="failed",
        headline="The import has failed",
        opening="Your file could not be taken in. No mentor was created or changed.",
        details=(Detail("Error", f"{failure.detail} ({failure.code})"),),
    )


def _letter(
    facts: Facts, *, subject: str, headline: str, opening: str, details: tuple[Detail, ...]
) -> Letter:
    return Letter(
        subject=f"Import of mentors: {subject} ({shortened(facts.file_name, 60)})",
        headline=headline,
        reader=facts.admin.name,
        opening=opening,
        details=(Detail("File", facts.file_name), *details),
        link=Link("See the report", facts.report_link),
        because="you asked for this import",
    )


def _counts(counts: ImportCounts) -> tuple[Detail, ...]:
    return (
        Detail("Rows", str(counts.total)),
        Detail("Created", str(counts.created)),
        Detail("Updated", str(counts.updated)),
        Detail("Unchanged", str(counts.unchanged)),
        Detail("Failed", str(counts.failed)),
    )


def _first_errors(errors: tuple[RowError, ...]) -> tuple[Detail, ...]:
    lines = [_in_a_line(error) for error in errors[:ERRORS_TOLD]]
    return (Detail("First errors", "\n".join(lines)),) if lines else ()


def _in_a_line(error: RowError) -> str:
    place = f"Line {error.line}, {error.column}" if error.column else f"Line {error.line}"
    return shortened(f"{place}: {error.detail} ({error.code})", 300)
