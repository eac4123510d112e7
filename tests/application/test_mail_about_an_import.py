"""What the admin reads when an import of mentors has ended."""

from __future__ import annotations

from mentorbooking.application.answers.failure import Failure
from mentorbooking.application.notifications import mentors_imported
from mentorbooking.application.notifications.letter import MailContent
from mentorbooking.application.notifications.mentors_imported import RowError
from mentorbooking.domain.mentor_import.events import ImportCounts
from tests.support.html_words import Page
from tests.support.mail_facts import ADMIN, SERVICE

REPORT = "https://booking.example/import/mentors/import_01h455vb4pex5vsknk084sn02q/report.csv"


def mail(outcome: ImportCounts | Failure, *errors: RowError) -> MailContent:
    return mentors_imported.to_admin(
        mentors_imported.Facts(
            service=SERVICE,
            admin=ADMIN,
            file_name="mentors.csv",
            report_link=REPORT,
            outcome=outcome,
            errors=errors,
        )
    )


def test_a_clean_import_tells_its_counts_and_its_report() -> None:
    content = mail(ImportCounts(total=10, created=5, updated=3, unchanged=2))

    assert content.subject == "Import of mentors: completed (mentors.csv)"
    assert "The import is done" in Page(content.html).words
    counts = ("Rows: 10", "Created: 5", "Updated: 3", "Unchanged: 2", "Failed: 0")
    for line in ("File: mentors.csv", *counts):
        assert f"\n{line}\n" in content.text
    assert "First errors" not in content.text
    assert REPORT in content.text
    assert REPORT in Page(content.html).links
    assert content.calendar is None


def test_failed_rows_are_counted_in_the_subject_and_told_with_line_column_and_code() -> None:
    content = mail(
        ImportCounts(total=3, created=1, failed=2),
        RowError(2, "email", "invalid-email", "This is no e-mail address."),
        RowError(4, None, "ragged-row", "The row has too few cells."),
    )

    assert content.subject == "Import of mentors: 2 of 3 rows failed (mentors.csv)"
    assert "Some rows could not be imported" in Page(content.html).words
    assert (
        "First errors:\n"
        "  Line 2, email: This is no e-mail address. (invalid-email)\n"
        "  Line 4: The row has too few cells. (ragged-row)\n"
    ) in content.text


def test_no_more_than_ten_errors_are_told() -> None:
    errors = [RowError(line, "name", "missing-value", "Empty.") for line in range(2, 22)]
    content = mail(ImportCounts(total=20, failed=20), *errors)

    assert content.text.count("missing-value") == 10
    assert "Line 11, name" in content.text
    assert "Line 12, name" not in content.text


def test_an_import_that_failed_tells_why_and_that_nothing_was_touched() -> None:
    content = mail(Failure("missing-column", "There is no column email."))

    assert content.subject == "Import of mentors: failed (mentors.csv)"
    assert "Error: There is no column email. (missing-column)\n" in content.text
    assert "No mentor was created or changed." in content.text
    assert "Created" not in content.text


def test_an_error_of_any_length_takes_a_few_lines() -> None:
    content = mail(ImportCounts(total=1, failed=1), RowError(2, "bio", "too-long", "x" * 1_000))

    (line,) = [line for line in content.text.splitlines() if "Line 2, bio" in line]
    assert len(line.removeprefix("First errors: ")) == 300
