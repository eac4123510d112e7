"""Mails about imports and exports: the admin who asked is told how it ended."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mentorbooking.adapters.event_store.sqlite.aggregate_store import SQLiteAggregateStore
from mentorbooking.application.notifications.addressees import Addressees
from mentorbooking.domain.bookings_export.bookings_export import BookingsExport
from mentorbooking.domain.bookings_export.events import ExportFilter
from mentorbooking.domain.mentor_import.events import ImportCounts, RowOutcome, RowProblem
from mentorbooking.domain.mentor_import.mentor_import import MentorImport
from mentorbooking.domain.mentor_import.row import MentorImportRow
from tests.support.fixed import NOW
from tests.support.mail_house import (
    ADMIN,
    MailHouse,
)
from tests.support.mails_from_the_log import mails_of

pytestmark = pytest.mark.anyio


IMPORT, EXPORT = "import_01k40000000000000000000005", "export_01k40000000000000000000006"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    opened = MailHouse(tmp_path)
    await opened.has_people()
    yield opened
    opened.close()


async def ask_for_import(house: MailHouse, import_id: str = IMPORT) -> MentorImport:
    await house.do(
        MentorImport.request(
            import_id,
            object_key="k",
            file_name="mentors.csv",
            sha256="0",
            size_bytes=1,
            dry_run=False,
            requested_by=ADMIN,
            now=NOW,
        )
    )
    return await house.aggregates.get(MentorImport, import_id)


async def row(house: MailHouse, line: int, *problems: str, import_id: str = IMPORT) -> None:
    kept = MentorImportRow(id=MentorImportRow.id_of(import_id, line))
    outcome = RowOutcome.FAILED if problems else RowOutcome.UNCHANGED
    await house.do(
        kept.record(
            outcome,
            problems=tuple(RowProblem("email", code, f"what {code} means") for code in problems),
            now=NOW,
        )
    )


async def end_import(house: MailHouse, import_: MentorImport, *, total: int, failed: int) -> None:
    counts = ImportCounts(total=total, unchanged=total - failed, failed=failed)
    await house.do(import_.complete(counts, (), now=NOW))


async def test_the_admin_is_told_the_first_errors_in_the_order_of_the_file(
    house: MailHouse,
) -> None:
    import_ = await ask_for_import(house)
    other = await ask_for_import(house, "import_other")
    await row(house, 2, "in-the-other-file", import_id=other.id)
    for line in (33, 9, 12, 3):
        await row(house, line, f"wrong-{line}", *(["twice"] if line == 9 else []))
    await row(house, 4)
    for line in range(34, 44):
        await row(house, line, f"wrong-{line}")
    await end_import(house, import_, total=15, failed=14)

    (mail,) = await mails_of(house, IMPORT)

    assert (mail.to_name, mail.to_address) == ("Grace Hopper", "grace@people.example")
    assert "14 of 15 rows failed (mentors.csv)" in mail.subject
    lines = re.findall(r"Line (\d+), email: what ([\w-]+) means", mail.text)
    assert lines == [
        ("3", "wrong-3"),
        ("9", "wrong-9"),
        ("9", "twice"),
        ("12", "wrong-12"),
        ("33", "wrong-33"),
        *((str(line), f"wrong-{line}") for line in range(34, 39)),
    ]
    assert f"https://booking.example/import/mentors/{IMPORT}/report.csv" in mail.text


async def test_errors_of_later_rows_are_found_behind_many_good_ones(house: MailHouse) -> None:
    import_ = await ask_for_import(house)
    rows = [
        MentorImportRow(id=MentorImportRow.id_of(IMPORT, line)).record(
            RowOutcome.UNCHANGED, now=NOW
        )
        for line in range(2, 1_200)
    ]
    await house.do(*rows)
    await row(house, 1_200, "wrong-at-last")
    await end_import(house, import_, total=1_199, failed=1)

    (mail,) = await mails_of(house, IMPORT)

    assert "Line 1200, email: what wrong-at-last means" in mail.text


async def test_the_admin_is_told_why_an_import_failed(house: MailHouse) -> None:
    import_ = await ask_for_import(house)
    await house.do(import_.fail("missing-column", "There is no column email.", now=NOW))

    (mail,) = await mails_of(house, IMPORT)

    assert "There is no column email. (missing-column)" in mail.text


async def ask_for_export(house: MailHouse) -> BookingsExport:
    await house.do(
        BookingsExport.request(
            EXPORT,
            filter=ExportFilter(),
            as_of_position=1,
            raw=False,
            requested_by=ADMIN,
            now=NOW,
        )
    )
    return await house.aggregates.get(BookingsExport, EXPORT)


async def test_the_admin_is_told_of_each_end_of_an_export(house: MailHouse) -> None:
    export = await ask_for_export(house)
    await house.do(export.fail("export-failed", "The disk was full.", now=NOW))
    export = await house.aggregates.get(BookingsExport, EXPORT)
    await house.do(export.retry(now=NOW))
    export = await house.aggregates.get(BookingsExport, EXPORT)
    await house.do(export.complete(object_key="k", record_count=412, sha256="0", now=NOW))

    failed, done = await mails_of(house, EXPORT)

    assert "The disk was full. (export-failed)" in failed.text
    assert "Records: 412" in done.text
    for mail in (failed, done):
        assert mail.to_address == "grace@people.example"
        assert f"https://booking.example/exports/bookings/{EXPORT}" in mail.text


async def test_only_a_user_has_a_name(house: MailHouse) -> None:
    await ask_for_import(house)
    addressees = Addressees(SQLiteAggregateStore(house.sqlite_log, house.clock, house.ids))

    assert await addressees.name_of_actor(f"user:{ADMIN}") == "Grace Hopper"
    assert await addressees.name_of_actor(f"import:{IMPORT}") == ""
    assert await addressees.name_of_actor("system") == ""
