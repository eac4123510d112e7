"""Where an export gathers what it needs of the log, when that may not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from mentorbooking.application.bookings_export.rendering import ExportRow


class ExportScratch(Protocol):
    """Bookings and names as of one position. Gone without a trace when it is closed.

    What is told later wins. It may be used from any thread, by one at a time.
    """

    def batch(self) -> AbstractContextManager[None]:
        """Hold many changes together, which makes them cheap."""

    def add_booking(
        self,
        booking_id: str,
        *,
        status: str,
        student_id: str,
        mentor_id: str,
        title: str,
        start: datetime,
        end: datetime,
        created_at: datetime,
    ) -> None: ...

    def cancel_booking(
        self, booking_id: str, *, status: str, at: datetime, by: str, reason: str | None
    ) -> None: ...

    def name_account(self, user_id: str, *, student_id: str | None, name: str) -> None: ...

    def rename_account(self, user_id: str, *, name: str) -> None: ...

    def describe_mentor(self, mentor_id: str, *, name: str, time_zone: str) -> None: ...

    def redescribe_mentor(self, mentor_id: str, *, name: str | None, time_zone: str | None) -> None:
        """Change what is given; None: as before."""

    def rows(self) -> Iterator[ExportRow]:
        """Return the bookings with the names of both sides, by start, then id."""

    def close(self) -> None: ...
