"""Where ports meet adapters, as far as it is the same wherever events are kept."""

from __future__ import annotations

import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypedDict, TypeVar

from mentorbooking.adapters.clock import SystemClock
from mentorbooking.adapters.identity.access_tokens import AccessTokens
from mentorbooking.adapters.identity.invitations import SignedInvitations
from mentorbooking.adapters.identity.opaque_cursors import OpaqueCursors
from mentorbooking.adapters.identity.passwords import Argon2Passwords
from mentorbooking.adapters.identity.refresh_tokens import RandomRefreshTokens
from mentorbooking.adapters.identity.secret_key import Keys
from mentorbooking.adapters.identity.throttle import MemoryThrottle, NoThrottle
from mentorbooking.adapters.ids import MonotonicIds
from mentorbooking.adapters.randomness import BufferedRandomness
from mentorbooking.application.deciding_again import deciding_again
from mentorbooking.application.notifications.message_states import MessageStates
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.credentials import Credentials
from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.application.ports.idempotency import AnsweredRequests
from mentorbooking.application.ports.identity import DownloadLinks, Invitations
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.ports.messages import Messages
from mentorbooking.application.ports.object_storage import ObjectStorage
from mentorbooking.application.ports.throttle import Throttle
from mentorbooking.application.positions import LogPlace
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
from mentorbooking.application.use_cases.bookings.get_booking_history import (
    GetBookingHistoryHandler,
)
from mentorbooking.application.use_cases.calendar.add_timeslots import AddTimeslotsHandler
from mentorbooking.application.use_cases.calendar.remove_timeslot import RemoveTimeslotHandler
from mentorbooking.application.use_cases.calendar.update_timeslot import UpdateTimeslotHandler
from mentorbooking.application.use_cases.exports.get_export import GetExportHandler
from mentorbooking.application.use_cases.exports.request_export import RequestExportHandler
from mentorbooking.application.use_cases.exports.retry_export import RetryExportHandler
from mentorbooking.application.use_cases.imports.get_import import GetImportHandler
from mentorbooking.application.use_cases.imports.request_import import RequestImportHandler
from mentorbooking.application.use_cases.imports.take_in_rows import TakeInRowsHandler
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

C = TypeVar("C")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation(ABC):
    """What every process of the service stands on: the log and what is made from the secret.

    ``store_key``: 32 random bytes that were made with the store and live in it.
    """

    settings: Settings
    log: EventLog
    aggregates: AggregateStore
    credentials: Credentials
    answered: AnsweredRequests
    storage: ObjectStorage
    store_key: bytes
    clock: Clock
    ids: Ids
    randomness: BufferedRandomness
    tokens: AccessTokens
    cursors: OpaqueCursors
    links: DownloadLinks
    invitations: Invitations
    throttle: Throttle

    @property
    @abstractmethod
    def place(self) -> str:
        """Tell people where the data is."""

    @property
    def lanes(self) -> int:
        """How many lanes the log has that commits are made in."""
        return 1

    @abstractmethod
    def acknowledged(self) -> LogPlace:
        """Return the place that covers all that this process has told anybody of."""

    @abstractmethod
    def aggregates_with(self, clock: Clock, ids: Ids) -> AggregateStore:
        """Return another store over the same log, with another time."""

    def of_one_moment(self, handle: Callable[[C], Awaitable[R]]) -> Callable[[C], Awaitable[R]]:
        """Have a refusal decided anew if it was decided on states of different moments.

        Where all states that are found at one moment are of one moment, nothing is to be done.
        """
        return handle

    @abstractmethod
    async def acknowledge_all(self) -> LogPlace:
        """Look at the log anew, where another store of this process wrote to it too.

        Returns the newest place, which counts as acknowledged from now on.
        """


class Common(TypedDict):
    """The part of a foundation that is the same wherever events are kept."""

    settings: Settings
    clock: Clock
    ids: MonotonicIds
    randomness: BufferedRandomness
    tokens: AccessTokens
    cursors: OpaqueCursors
    invitations: Invitations
    throttle: Throttle


def common_parts(settings: Settings, keys: Keys, clock: Clock | None = None) -> Common:
    """Make what needs no store; ``clock`` is the machine's if none is given."""
    clock = clock or SystemClock()
    randomness = BufferedRandomness()
    ids = MonotonicIds(clock, randomness.randbits)
    return Common(
        settings=settings,
        clock=clock,
        ids=ids,
        randomness=randomness,
        tokens=AccessTokens(keys.access_tokens, ids),
        cursors=OpaqueCursors(keys.cursors),
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
    commands = _commands(base, passwords, open_slots, lists_hold_it)
    queries = _queries(base, acquaintances, lists_hold_it)
    return Core(commands, queries, base.aggregates, base.log, base.clock, base.ids)


def _commands(
    base: Foundation,
    passwords: Argon2Passwords,
    open_slots: OpenSlots,
    lists_hold_it: Callable[[], Awaitable[bool]],
) -> Commands:
    aggregates, clock, ids, throttle = base.aggregates, base.clock, base.ids, base.throttle
    refresh_tokens = RandomRefreshTokens(secrets.token_bytes)

    def decided(
        handle: Callable[[C], Awaitable[R]], *, meeting_at: Callable[[C], str] | None = None
    ) -> Callable[[C], Awaitable[R]]:
        return deciding_again(base.of_one_moment(handle), meeting_at=meeting_at)

    return Commands(
        register=decided(
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
        update_me=decided(
            UpdateMeHandler(aggregates, base.credentials, passwords, throttle, clock)
        ),
        create_mentor=decided(CreateMentorHandler(aggregates, base.credentials, clock, ids)),
        update_mentor=decided(UpdateMentorHandler(aggregates, base.credentials, clock, ids)),
        change_standing=decided(ChangeStandingHandler(aggregates, clock)),
        invite_mentor=decided(InviteMentorHandler(aggregates, clock, ids)),
        add_timeslots=decided(
            AddTimeslotsHandler(aggregates, clock, ids), meeting_at=lambda c: c.mentor_id
        ),
        update_timeslot=decided(UpdateTimeslotHandler(aggregates, clock)),
        remove_timeslot=decided(RemoveTimeslotHandler(aggregates, clock)),
        create_booking=decided(
            CreateBookingHandler(aggregates, open_slots, lists_hold_it, clock, ids),
            meeting_at=lambda c: c.mentor_id,
        ),
        cancel_booking=decided(CancelBookingHandler(aggregates, clock)),
        request_import=RequestImportHandler(aggregates, base.storage, clock, ids),
        take_in_rows=decided(TakeInRowsHandler(aggregates, base.credentials, clock, ids)),
        request_export=RequestExportHandler(aggregates, base.log, clock, ids),
        retry_export=decided(RetryExportHandler(aggregates, clock)),
    )


def _queries(
    base: Foundation, acquaintances: Acquaintances, lists_hold_it: Callable[[], Awaitable[bool]]
) -> Queries:
    return Queries(
        get_me=GetMeHandler(base.aggregates),
        get_mentor=GetMentorHandler(base.aggregates, acquaintances, lists_hold_it),
        get_booking=GetBookingHandler(base.aggregates),
        get_booking_history=GetBookingHistoryHandler(base.aggregates, base.log),
        get_import=GetImportHandler(base.aggregates, lists_hold_it),
        get_export=GetExportHandler(
            base.aggregates, base.links, base.clock, base.settings.public_url
        ),
    )
