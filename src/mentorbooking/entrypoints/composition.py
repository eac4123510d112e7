"""The one place where ports meet adapters: everything on one machine."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mentorbooking.adapters.clock import SystemClock
from mentorbooking.adapters.data_directory import DataDirectory
from mentorbooking.adapters.event_store.answered_requests import SQLiteAnsweredRequests
from mentorbooking.adapters.event_store.credentials import SQLiteCredentials
from mentorbooking.adapters.event_store.log import SQLiteEventLog
from mentorbooking.adapters.event_store.store import SQLiteAggregateStore
from mentorbooking.adapters.identity.access_tokens import AccessTokens
from mentorbooking.adapters.identity.invitations import SignedInvitations
from mentorbooking.adapters.identity.opaque_cursors import OpaqueCursors
from mentorbooking.adapters.identity.passwords import Argon2Passwords
from mentorbooking.adapters.identity.refresh_tokens import RandomRefreshTokens
from mentorbooking.adapters.identity.secret_key import (
    derive_keys,
    kept_secret,
    secret_from_setting,
)
from mentorbooking.adapters.identity.signed_links import SignedLinks
from mentorbooking.adapters.identity.throttle import MemoryThrottle, NoThrottle
from mentorbooking.adapters.ids import MonotonicIds
from mentorbooking.adapters.object_storage.files import FileObjectStorage
from mentorbooking.adapters.persistence.sqlite.log import SQLiteLog
from mentorbooking.adapters.randomness import BufferedRandomness
from mentorbooking.application.deciding_again import deciding_again
from mentorbooking.application.notifications.message_states import MessageStates
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.identity import DownloadLinks, Invitations
from mentorbooking.application.ports.messages import Messages
from mentorbooking.application.throttling import Throttle
from mentorbooking.application.use_cases.accounts.get_me import GetMeHandler
from mentorbooking.application.use_cases.accounts.refresh import RefreshHandler
from mentorbooking.application.use_cases.accounts.register import RegisterHandler
from mentorbooking.application.use_cases.accounts.sign_in import SignInHandler
from mentorbooking.application.use_cases.accounts.update_me import UpdateMeHandler
from mentorbooking.application.use_cases.bookings.cancel_booking import CancelBookingHandler
from mentorbooking.application.use_cases.bookings.create_booking import (
    CreateBookingHandler,
    OpenSlots,
)
from mentorbooking.application.use_cases.bookings.get_booking import GetBookingHandler
from mentorbooking.application.use_cases.calendar.add_timeslots import AddTimeslotsHandler
from mentorbooking.application.use_cases.calendar.remove_timeslot import RemoveTimeslotHandler
from mentorbooking.application.use_cases.calendar.update_timeslot import UpdateTimeslotHandler
from mentorbooking.application.use_cases.exports.get_export import GetExportHandler
from mentorbooking.application.use_cases.exports.request_export import RequestExportHandler
from mentorbooking.application.use_cases.exports.retry_export import RetryExportHandler
from mentorbooking.application.use_cases.imports.get_import import GetImportHandler
from mentorbooking.application.use_cases.imports.request_import import RequestImportHandler
from mentorbooking.application.use_cases.imports.take_in_row import TakeInRowHandler
from mentorbooking.application.use_cases.mentors.change_standing import ChangeStandingHandler
from mentorbooking.application.use_cases.mentors.create_mentor import CreateMentorHandler
from mentorbooking.application.use_cases.mentors.get_mentor import (
    Acquaintances,
    GetMentorHandler,
)
from mentorbooking.application.use_cases.mentors.invite_mentor import InviteMentorHandler
from mentorbooking.application.use_cases.mentors.update_mentor import UpdateMentorHandler
from mentorbooking.application.use_cases.notifications.list_notifications import (
    ListNotificationsHandler,
)
from mentorbooking.application.use_cases.notifications.resend import ResendNotificationHandler
from mentorbooking.entrypoints.core import Commands, Core, Notifications, Queries
from mentorbooking.entrypoints.settings import Settings


@dataclass(frozen=True, slots=True)
class Foundation:
    """What every process of the service stands on: the log and what is made from the secret."""

    settings: Settings
    directory: DataDirectory
    sqlite_log: SQLiteLog
    log: SQLiteEventLog
    aggregates: SQLiteAggregateStore
    credentials: SQLiteCredentials
    answered: SQLiteAnsweredRequests
    storage: FileObjectStorage
    clock: Clock
    ids: MonotonicIds
    randomness: BufferedRandomness
    tokens: AccessTokens
    cursors: OpaqueCursors
    links: DownloadLinks
    invitations: Invitations
    throttle: Throttle

    def close(self) -> None:
        self.sqlite_log.close()


def lay_foundation(
    settings: Settings, directory: DataDirectory, clock: Clock | None = None
) -> Foundation:
    """Open what is kept; ``clock`` is the machine's if none is given.

    Raises what says why it can't be opened.
    """
    clock = clock or SystemClock()
    randomness = BufferedRandomness()
    ids = MonotonicIds(clock, randomness.randbits)
    keys = derive_keys(
        secret_from_setting(settings.secret_key)
        if settings.secret_key
        else kept_secret(directory.root, secrets.token_bytes)
    )
    sqlite_log = SQLiteLog(directory.events)
    return Foundation(
        settings=settings,
        directory=directory,
        sqlite_log=sqlite_log,
        log=SQLiteEventLog(sqlite_log),
        aggregates=SQLiteAggregateStore(sqlite_log, clock, ids),
        credentials=SQLiteCredentials(sqlite_log),
        answered=SQLiteAnsweredRequests(sqlite_log),
        storage=FileObjectStorage(directory.objects),
        clock=clock,
        ids=ids,
        randomness=randomness,
        tokens=AccessTokens(keys.access_tokens, ids),
        cursors=OpaqueCursors(keys.cursors),
        links=SignedLinks(keys.links),
        invitations=SignedInvitations(keys.invitations),
        throttle=MemoryThrottle(time.monotonic_ns) if settings.rate_limits else NoThrottle(),
    )


def build_notifications(base: Foundation, messages: Messages) -> Notifications:
    """Put together what reads and changes the states of messages."""
    states = MessageStates(base.log, messages, base.aggregates)
    return Notifications(
        list_of_booking=ListNotificationsHandler(base.aggregates, states),
        resend=deciding_again(
            ResendNotificationHandler(base.aggregates, states, base.throttle, base.clock)
        ),
    )


def build_core(
    base: Foundation,
    *,
    passwords: Argon2Passwords,
    open_slots: OpenSlots,
    acquaintances: Acquaintances,
    lists_hold_it: Callable[[], Awaitable[bool]],
) -> Core:
    """Put the handlers together; those that can lose a race decide again."""
    aggregates, clock, ids, throttle = base.aggregates, base.clock, base.ids, base.throttle
    refresh_tokens = RandomRefreshTokens(secrets.token_bytes)
    commands = Commands(
        register=deciding_again(
            RegisterHandler(
                aggregates, base.credentials, passwords, base.invitations, throttle, clock, ids
            )
        ),
        sign_in=SignInHandler(
            aggregates,
            base.credentials,
            passwords,
            base.tokens,
            refresh_tokens,
            throttle,
            clock,
            ids,
        ),
        refresh=RefreshHandler(
            aggregates, base.credentials, base.tokens, refresh_tokens, throttle, clock
        ),
        update_me=deciding_again(
            UpdateMeHandler(aggregates, base.credentials, passwords, throttle, clock)
        ),
        create_mentor=deciding_again(CreateMentorHandler(aggregates, base.credentials, clock, ids)),
        update_mentor=deciding_again(UpdateMentorHandler(aggregates, base.credentials, clock, ids)),
        change_standing=deciding_again(ChangeStandingHandler(aggregates, clock)),
        invite_mentor=deciding_again(InviteMentorHandler(aggregates, clock, ids)),
        add_timeslots=deciding_again(
            AddTimeslotsHandler(aggregates, clock, ids), meeting_at=lambda c: c.mentor_id
        ),
        update_timeslot=deciding_again(UpdateTimeslotHandler(aggregates, clock)),
        remove_timeslot=deciding_again(RemoveTimeslotHandler(aggregates, clock)),
        create_booking=deciding_again(
            CreateBookingHandler(aggregates, open_slots, lists_hold_it, clock, ids),
            meeting_at=lambda c: c.mentor_id,
        ),
        cancel_booking=deciding_again(CancelBookingHandler(aggregates, clock)),
        request_import=RequestImportHandler(aggregates, base.storage, clock, ids),
        take_in_row=deciding_again(TakeInRowHandler(aggregates, base.credentials, clock, ids)),
        request_export=RequestExportHandler(aggregates, base.log, clock, ids),
        retry_export=deciding_again(RetryExportHandler(aggregates, clock)),
    )
    queries = Queries(
        get_me=GetMeHandler(aggregates),
        get_mentor=GetMentorHandler(aggregates, acquaintances, lists_hold_it),
        get_booking=GetBookingHandler(aggregates),
        get_import=GetImportHandler(aggregates, lists_hold_it),
        get_export=GetExportHandler(aggregates, base.links, clock, base.settings.public_url),
    )
    return Core(commands, queries, aggregates, base.log, clock, ids)
