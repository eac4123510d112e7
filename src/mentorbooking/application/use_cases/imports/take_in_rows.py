"""Some rows of an import, as one command: their outcomes land with what they do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from mentorbooking.application.mentor_import.rows import MentorRow, ParsedRow
from mentorbooking.application.ports.aggregate_store import AggregateStore, TooMuchAtOnce
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.credentials import Credentials
from mentorbooking.application.ports.ids import Ids
from mentorbooking.domain.email_address.address import EmailAddress
from mentorbooking.domain.kernel.aggregate import AggregateRoot, Decision
from mentorbooking.domain.mentor.events import MentorStatus, Origin
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import MentorProfile, ProfileChanges, changed
from mentorbooking.domain.mentor_import.events import RowOutcome, RowProblem
from mentorbooking.domain.mentor_import.mentor_import import MentorImport
from mentorbooking.domain.mentor_import.row import MentorImportRow
from mentorbooking.domain.user_account.account import UserAccount

A = TypeVar("A", bound=AggregateRoot)

_CLEARED = {
    field: getattr(MentorProfile(name="", email=""), field)
    for field in ProfileChanges.__struct_fields__
}
_ADDRESS_IN_USE = "The address belongs to an account that no admin has confirmed."


class TakeInRows(msgspec.Struct, frozen=True):
    """``import_`` is the import's state; its rows have streams of their own."""

    import_: MentorImport
    rows: Sequence[ParsedRow]


class _Known(NamedTuple):
    """What there is of those whom rows speak of, by id."""

    addresses: Mapping[str, EmailAddress]
    accounts: Mapping[str, UserAccount]
    mentors: Mapping[str, Mentor]


class _Decided(NamedTuple):
    """What becomes of a row, and what is to be recorded for it."""

    row: ParsedRow
    outcome: RowOutcome
    decisions: Sequence[Decision[Any]]


@dataclass(frozen=True, slots=True)
class TakeInRowsHandler:
    """Rows share their reads and one append; each is decided on as if it were alone.

    All of them are recorded, or none: then the same rows again lead to what would have been.
    """

    aggregates: AggregateStore
    credentials: Credentials
    clock: Clock
    ids: Ids

    async def __call__(self, command: TakeInRows) -> list[RowOutcome]:
        """Return the outcomes in the order of the rows."""
        import_, rows = command.import_, command.rows
        states = await self._all(MentorImportRow, [_id_of(import_, row) for row in rows])
        new = [row for row in rows if states[_id_of(import_, row)].outcome is None]
        known = await self._load(new)
        now = self.clock.now()
        decided = [
            self._decide(import_, row, states[_id_of(import_, row)], known, now) for row in new
        ]
        outcomes = {
            row.line: state.outcome
            for row in rows
            if (state := states[_id_of(import_, row)]).outcome is not None  # done before a crash
        }
        together, apart = _divided(decided)
        outcomes |= await self._record(import_, together)
        if apart:
            rest = await self(TakeInRows(import_, apart))
            outcomes |= {row.line: outcome for row, outcome in zip(apart, rest, strict=True)}
        return [outcomes[row.line] for row in rows]

    async def _record(
        self, import_: MentorImport, decided: Sequence[_Decided]
    ) -> dict[int, RowOutcome]:
        if not decided:
            return {}
        try:
            await self.aggregates.save(*(each for row in decided for each in row.decisions))
        except TooMuchAtOnce:
            if len(decided) == 1:
                raise
            half = len(decided) // 2
            first = await self._record(import_, decided[:half])
            return first | await self._record(import_, decided[half:])
        return {each.row.line: each.outcome for each in decided}

    async def _load(self, rows: Iterable[ParsedRow]) -> _Known:
        emails = [row.normalised_email for row in rows if row.normalised_email is not None]
        keys = [self.credentials.address_key(email) for email in emails]
        addresses = await self._all(EmailAddress, keys)
        holders = {each.holder for each in addresses.values() if each.holder}
        mentor_ids = {holder for holder in holders if holder.startswith("mentor_")}
        accounts = await self._all(UserAccount, holders - mentor_ids)
        mentor_ids |= {each.mentor_id for each in accounts.values() if each.mentor_id}
        mentors = await self._all(Mentor, mentor_ids)
        others = {each.user_id for each in mentors.values() if each.user_id} - accounts.keys()
        accounts |= await self._all(UserAccount, others)
        return _Known(addresses, accounts, mentors)

    async def _all(self, kind: type[A], ids: Collection[str]) -> dict[str, A]:
        wanted = list(dict.fromkeys(ids))
        return dict(zip(wanted, await self.aggregates.find_all(kind, wanted), strict=True))

    def _decide(
        self,
        import_: MentorImport,
        parsed: ParsedRow,
        row: MentorImportRow,
        known: _Known,
        now: datetime,
    ) -> _Decided:
        outcome, mentor_id, problems, effects = self._effects(import_, parsed, known, now)
        recorded = row.record(outcome, mentor_id=mentor_id, problems=problems, now=now)
        return _Decided(parsed, outcome, [recorded, *([] if import_.dry_run else effects)])

    def _effects(
        self, import_: MentorImport, parsed: ParsedRow, known: _Known, now: datetime
    ) -> tuple[RowOutcome, str | None, tuple[RowProblem, ...], list[Decision[Any]]]:
        if parsed.normalised_email is None:
            return RowOutcome.FAILED, None, parsed.errors, []
        address = known.addresses[self.credentials.address_key(parsed.normalised_email)]
        errors = parsed.errors_for(new=address.holder is None)
        mentor = _mentor_of(address.holder, known) if address.holder else None
        if address.holder and mentor is None:
            errors += (RowProblem(parsed.email_column, "address-in-use", _ADDRESS_IN_USE),)
        if errors or parsed.mentor is None:
            return RowOutcome.FAILED, None, errors, []
        if mentor is None:
            created = self._created(import_, parsed.mentor, now)
            mentor_id = None if import_.dry_run else created.aggregate.id
            claimed = address.claim(created.aggregate.id, now=now)
            return RowOutcome.CREATED, mentor_id, (), [claimed, created]
        updates = _updated(mentor, parsed.mentor, known, now)
        outcome = (
            RowOutcome.UPDATED if any(update.events for update in updates) else RowOutcome.UNCHANGED
        )
        return outcome, mentor.id, (), [*updates, address.decide()]

    def _created(self, import_: MentorImport, row: MentorRow, now: datetime) -> Decision[Mentor]:
        profile = changed(MentorProfile(name="", email=row.email), _changes(row))
        return Mentor.create_invited(
            self.ids.new("mentor"),
            profile=profile,
            origin=Origin.IMPORT,
            status=_status(row) or MentorStatus.ACTIVE,
            invitation_id=self.ids.new("invitation"),
            invited_by=import_.requested_by,
            now=now,
        )


def _id_of(import_: MentorImport, row: ParsedRow) -> str:
    return MentorImportRow.id_of(import_.id, row.line)


def _divided(decided: Iterable[_Decided]) -> tuple[list[_Decided], list[ParsedRow]]:
    """Part what can be recorded at once from rows that come back to a stream: they are decided
    on what will have been recorded then.
    """
    together: list[_Decided] = []
    apart: list[ParsedRow] = []
    streams: set[str] = set()
    for each in decided:
        its_own = {decision.stream for decision in each.decisions}
        if streams & its_own:
            apart.append(each.row)
        else:
            together.append(each)
            streams |= its_own
    return together, apart


def _mentor_of(holder: str, known: _Known) -> Mentor | None:
    """Return the mentor whom the address belongs to, if an import may fill the profile."""
    if not holder.startswith("mentor_"):
        mentor_id = known.accounts[holder].mentor_id
        if mentor_id is None:
            return None
        holder = mentor_id
    mentor = known.mentors[holder]
    return mentor if mentor.is_known else None


def _updated(mentor: Mentor, row: MentorRow, known: _Known, now: datetime) -> list[Decision[Any]]:
    """Follow the row; the account of a mentor who has one says the same as the profile."""
    decision = mentor.take_in(_changes(row), _status(row), now=now)
    if mentor.user_id is None or not decision.events:
        return [decision]
    after = decision.outcome().profile
    followed = known.accounts[mentor.user_id].follow_profile(
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
