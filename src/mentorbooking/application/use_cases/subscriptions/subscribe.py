"""Opt in to public events by e-mail: to those about one's own sessions, or as staff to all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from mentorbooking.application.answers.subscription import (
    SubscriptionAnswer,
    subscription_answer,
)
from mentorbooking.application.authorisation import NotYours, reaches_all
from mentorbooking.application.email_addresses import normalise_email
from mentorbooking.application.integration_events.audiences import Audience, types_for
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.subscriptions import AddressRefused, Subscriptions, Wish
from mentorbooking.application.ports.throttle import Throttle
from mentorbooking.application.principal import Principal
from mentorbooking.domain.kernel.errors import FieldError, InvalidContent
from mentorbooking.domain.user_account.account import UserAccount


class Subscribe(msgspec.Struct, frozen=True, kw_only=True):
    """``email`` None: the caller's own. ``client`` is the network address to throttle by."""

    caller: Principal
    events: tuple[str, ...]
    client: str
    email: str | None = None


@dataclass(frozen=True, slots=True)
class SubscribeHandler:
    """Throttled, since the address is written to each time."""

    aggregates: AggregateStore
    subscriptions: Subscriptions
    throttle: Throttle

    async def __call__(self, command: Subscribe) -> SubscriptionAnswer:
        caller = command.caller
        account = await self.aggregates.get(UserAccount, caller.user_id)
        email = command.email or account.email
        is_own = normalise_email(email) == normalise_email(account.email)
        if not is_own and not reaches_all(caller, "subscribe"):
            raise NotYours("Only your own address can be subscribed.")
        errors = tuple(errors_of_events(enumerate(command.events), caller))
        if errors:
            raise InvalidContent(*errors)
        self.throttle.hit("resend", address_key=caller.user_id, client=command.client)
        wish = Wish(
            email=email,
            events=tuple(dict.fromkeys(command.events)),
            student_id=caller.student_id,
            mentor_id=caller.mentor_id,
        )
        try:
            answer = subscription_answer(await self.subscriptions.subscribe(wish))
        except AddressRefused as error:
            raise InvalidContent(
                FieldError("#/email", "invalid-email", "This address can't be subscribed.")
            ) from error
        await self.aggregates.save(answer=answer)  # no events; a repeat is answered the same
        return answer


def errors_of_events(events: Iterable[tuple[int, str]], caller: Principal) -> Iterator[FieldError]:
    """Yield which of numbered events the caller's role does not hear of."""
    takes_part = caller.student_id is not None or caller.mentor_id is not None
    audible = types_for(Audience.SUBSCRIBERS if takes_part else Audience.ADMINS)
    for number, event in events:
        if event not in audible:
            detail = f"One of: {', '.join(audible)}."
            yield FieldError(f"#/events/{number}", "not-for-your-role", detail)
