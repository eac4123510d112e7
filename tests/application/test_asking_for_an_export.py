"""Asking for an export, and looking at what has become of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.adapters.identity.signed_links import SignedLinks
from mentorbooking.application.answers.bookings_export import BookingsExportAnswer
from mentorbooking.application.answers.failure import Failure
from mentorbooking.application.ports.identity import LINK_LIFETIME
from mentorbooking.application.use_cases.exports.get_export import GetExport, GetExportHandler
from mentorbooking.application.use_cases.exports.request_export import (
    RequestExport,
    RequestExportHandler,
)
from mentorbooking.application.use_cases.exports.retry_export import (
    RetryExport,
    RetryExportHandler,
)
from mentorbooking.domain.bookings_export.bookings_export import BookingsExport
from mentorbooking.domain.bookings_export.events import (
    BookingsExported,
    BookingsExportFailed,
    BookingsExportRequested,
    BookingsExportRetried,
    ExportFilter,
)
from mentorbooking.domain.mentor.events import MentorPaused
from mentorbooking.domain.mentor.mentor import Mentor
from tests.support.fixed import HOUR, MENTOR, NOW
from tests.support.identity import KEYS
from tests.support.people import ADMIN_USER, AN_ADMIN
from tests.support.use_cases import Asked, UseCases, id_to_come, use_cases

pytestmark = pytest.mark.anyio

EXPORT = id_to_come("export")
CONFIRMED = ExportFilter(status="confirmed")
SITE = "https://mentoring.example.org"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[UseCases]:
    with use_cases(tmp_path) as story:
        yield story


def export(story: UseCases, **wishes: Any) -> Asked[RequestExport, BookingsExportAnswer]:
    handle = RequestExportHandler(story.aggregates, story.log, story.clock, story.ids)
    return story.when(handle, RequestExport(**{"caller": AN_ADMIN, **wishes}))


def retry(story: UseCases, **wishes: Any) -> Asked[RetryExport, BookingsExportAnswer]:
    handle = RetryExportHandler(story.aggregates, story.clock)
    return story.when(handle, RetryExport(export_id=EXPORT, **wishes))


def look_at_export(story: UseCases) -> Asked[GetExport, BookingsExportAnswer]:
    handle = GetExportHandler(story.aggregates, SignedLinks(KEYS.links), story.clock, SITE)
    return story.when(handle, GetExport(EXPORT))


def requested(*, as_of: int, wanted: ExportFilter = CONFIRMED, raw: bool = False) -> Any:
    return BookingsExportRequested(
        at=NOW, filter=wanted, as_of_position=as_of, raw=raw, requested_by=ADMIN_USER
    )


FAILED = BookingsExportFailed(at=NOW, code="no-room", detail="No.", requested_by=ADMIN_USER)


@pytest.mark.parametrize(("wanted", "as_of"), [(None, 3), (2, 2), (3, 3), (99, 3)])
async def test_an_export_is_of_a_position_that_there_is(
    story: UseCases, wanted: int | None, as_of: int
) -> None:
    await story.given(Mentor(id=MENTOR), *[MentorPaused(at=NOW)] * 3)

    answer = await export(story, as_of_position=wanted, filter=CONFIRMED).then(
        (BookingsExport(id=EXPORT), requested(as_of=as_of))
    )

    assert answer == BookingsExportAnswer(
        id=EXPORT,
        status="queued",
        record_count=None,
        sha256=None,
        as_of_position=f"0:{as_of}",
        raw=False,
        download_url=None,
        expires_at=None,
        requested_at=NOW,
        finished_at=None,
        version=1,
    )


async def test_it_may_be_of_everything_and_raw(story: UseCases) -> None:
    fact = requested(as_of=0, wanted=ExportFilter(), raw=True)

    assert (await export(story, raw=True).then((BookingsExport(id=EXPORT), fact))).raw


async def test_a_failed_export_says_why_and_is_asked_for_again(story: UseCases) -> None:
    await story.given(BookingsExport(id=EXPORT), requested(as_of=0), FAILED)

    failed = await look_at_export(story).then(kept=False)
    again = await retry(story).then((BookingsExport(id=EXPORT), BookingsExportRetried(at=NOW)))

    assert (failed.status, failed.error) == ("failed", Failure("no-room", "No."))
    assert (failed.finished_at, failed.download_url) == (NOW, None)
    assert (again.status, again.version) == ("queued", 3)


async def test_only_what_failed_is_asked_for_again(story: UseCases) -> None:
    await story.given(BookingsExport(id=EXPORT), requested(as_of=0))

    await retry(story).then_refused("not-retryable")
    await retry(story, if_match=frozenset({2})).then_refused("version-mismatch")


async def test_an_export_that_is_done_is_linked_to_anew_each_time(story: UseCases) -> None:
    exported = BookingsExported(
        at=NOW,
        object_key="the/key",
        record_count=2,
        sha256="abc",
        as_of_position=7,
        requested_by=ADMIN_USER,
    )
    await story.given(BookingsExport(id=EXPORT), requested(as_of=7), exported)
    story.clock.advance(HOUR)

    answer = await look_at_export(story).then(kept=False)

    assert answer.download_url is not None
    path, _, query = answer.download_url.partition("?")
    assert path == f"{SITE}/exports/bookings/{EXPORT}/file"
    SignedLinks(KEYS.links).check("the/key", query, story.clock.now(), method="GET")
    assert answer.expires_at == NOW + HOUR + LINK_LIFETIME
    assert (answer.record_count, answer.sha256, answer.as_of_position) == (2, "abc", "0:7")


async def test_a_link_names_the_file_for_storage_that_serves_it_itself(story: UseCases) -> None:
    class Storage(SignedLinks):
        async def link(self, object_key: str, **told: Any) -> Any:
            self.told = told["file_name"]
            return await super().link(object_key, **told)

    exported = BookingsExported(
        at=NOW, object_key="k", record_count=0, sha256="", as_of_position=0, requested_by=ADMIN_USER
    )
    await story.given(BookingsExport(id=EXPORT), requested(as_of=0), exported)
    links = Storage(KEYS.links)

    await GetExportHandler(story.aggregates, links, story.clock, SITE)(GetExport(EXPORT))

    assert links.told == f"bookings-{EXPORT}.csv"


async def test_an_unknown_export_is_not_found(story: UseCases) -> None:
    for asked in (look_at_export(story), retry(story)):
        assert (await asked.then_refused("not-found")).detail == "There is no such export."
