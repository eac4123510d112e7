"""One row of an import, as a command of its own: its outcome lands with what it does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from mentorbooking.application.mentor_import.rows import MentorRow, ParsedRow
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.credentials import Credentials
from mentorbooking.application.ports.ids import Ids
from mentorbooking.domain.email_address.address import EmailAddress
from mentorbooking.domain.kernel.aggregate import Decision
from mentorbooking.domain.mentor.events import MentorStatus, Origin
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import MentorProfile, ProfileChanges, changed
from mentorbooking.domain.mentor_import.events import RowOutcome, RowProblem
from mentorbooking.domain.mentor_import.mentor_import import MentorImport
from mentorbooking.domain.mentor_import.row import MentorImportRow
from mentorbooking.domain.user_account.account import UserAccount

_CLEARED = {
    field: getattr(MentorProfile(name="", email=""), field)
    for field in ProfileChanges.__struct_fields__
}
_ADDRESS_IN_USE = "The address belongs to an account that no admin has confirmed."


class TakeInRow(msgspec.Struct, frozen=True):
    """``import_`` is the import's state; its rows have streams of their own."""

    import_: MentorImport
    row: ParsedRow


@dataclass(frozen=True, slots=True)
class TakeInRowHandler:
    aggregates: AggregateStore
    credentials: Credentials
    clock: Clock
    ids: Ids

    async def __call__(self, command: TakeInRow) -> RowOutcome:
        now = self.clock.now()
        row_id = MentorImportRow.id_of(command.import_.id, command.row.line)
        row = await self.aggregates.find(MentorImportRow, row_id)
        if row.outcome is not None:  # done before a crash
            return row.outcome
        outcome, mentor_id, problems, decisions = await self._decide(command, now)
        recorded = row.record(outcome, mentor_id=mentor_id, problems=problems, now=now)
        effects = [] if command.import_.dry_run else decisions
        await self.aggregates.save(recorded, *effects)
        return outcome

    async def _decide(
        self, command: TakeInRow, now: datetime
    ) -> tuple[RowOutcome, str | None, tuple[RowProblem, ...], list[Decision[Any]]]:
        parsed = command.row
        if parsed.email_key is None:
            return RowOutcome.FAILED, None, parsed.errors, []
        address = await self.aggregates.find(
            EmailAddress, self.credentials.address_key(parsed.email_key)
        )
        errors = parsed.errors_for(new=address.holder is None)
        mentor = await self._mentor_of(address.holder) if address.holder else None
        if address.holder and mentor is None:
            errors += (RowProblem(parsed.email_column, "address-in-use", _ADDRESS_IN_USE),)
        if errors or parsed.mentor is None:
            return RowOutcome.FAILED, None, errors, []
        if mentor is None:
            created = self._created(command, parsed.mentor, now)
            mentor_id = None if command.import_.dry_run else created.aggregate.id
            claimed = address.claim(created.aggregate.id, now=now)
            return RowOutcome.CREATED, mentor_id, (), [claimed, created]
        updates = await self._updated(mentor, parsed.mentor, now)
        outcome = (
            RowOutcome.UPDATED if any(update.events for update in updates) else RowOutcome.UNCHANGED
        )
        return outcome, mentor.id, (), [*updates, address.decide()]

    async def _mentor_of(self, holder: str) -> Mentor | None:
        """Return the mentor whom the address belongs to, if an import may fill the profile."""
        if not holder.startswith("mentor_"):
            account = await self.aggregates.get(UserAccount, holder)
            if account.mentor_id is None:
                return None
            holder = account.mentor_id
        mentor = await self.aggregates.get(Mentor, holder)
        return mentor if mentor.is_known else None

    def _created(self, command: TakeInRow, row: MentorRow, now: datetime) -> Decision[Mentor]:
        profile = changed(MentorProfile(name="", email=row.email), _changes(row))
        return Mentor.create_invited(
            self.ids.new("mentor"),
            profile=profile,
            origin=Origin.IMPORT,
            status=_status(row) or MentorStatus.ACTIVE,
            invitation_id=self.ids.new("invitation"),
            invited_by=command.import_.requested_by,
            now=now,
        )

    async def _updated(self, mentor: Mentor, row: MentorRow, now: datetime) -> list[Decision[Any]]:
        """Follow the row; the account of a mentor who has one says the same as the profile."""
        decision = mentor.take_in(_changes(row), _status(row), now=now)
        if mentor.user_id is None or not decision.events:
            return [decision]
        account = await self.aggregates.get(UserAccount, mentor.user_id)
        after = decision.outcome().profile
        followed = account.follow_profile(
            name=after.name, time_zone=after.time_zone, email=None, now=now
        )
        return [decision, followed]


def _changes(row: MentorRow) -> ProfileChanges:
    """Say what the row says; the address itself is the key and stays as it is."""
    given = {
        field: getattr(row, field)
        for field in ProfileChanges.__struct_fields__
        if field != "email" and getattr(row, field) is not UNSET
    }
    return ProfileChanges(
        **{field: _CLEARED[field] if v is None else v for field, v in given.items()}
    )


def _status(row: MentorRow) -> MentorStatus | None:
    status: str | UnsetType | None = row.status
    if status is UNSET:
        return None
    return MentorStatus.ACTIVE if status is None else MentorStatus(status)
