"""Where people register, sign in and say who they are: real secrets, and a throttle that tells."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mentorbooking.adapters.identity.invitations import SignedInvitations
from mentorbooking.adapters.identity.passwords import Argon2Passwords, Cost
from mentorbooking.adapters.identity.refresh_tokens import RandomRefreshTokens
from mentorbooking.application.answers.account import AccountAnswer, TokensAnswer
from mentorbooking.application.ports.throttle import Attempt, Throttle, TooManyRequests
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.accounts.refresh import Refresh, RefreshHandler
from mentorbooking.application.use_cases.accounts.register import Register, RegisterHandler
from mentorbooking.application.use_cases.accounts.sign_in import SignIn, SignInHandler
from mentorbooking.application.use_cases.accounts.update_me import UpdateMe, UpdateMeHandler
from mentorbooking.domain.email_address.address import EmailAddress
from mentorbooking.domain.user_account.role import Role
from tests.support.identity import KEYS, access_tokens
from tests.support.use_cases import Asked, UseCases, id_to_come, use_cases

EMAIL, PASSWORD = "sam@people.example", "correct horse battery"
CLIENT = "192.0.2.1"
NEW_USER = id_to_come("user")


class Turnstile(Throttle):
    """Remembers who tried what, and who succeeded; ``closed``: nobody comes through."""

    def __init__(self) -> None:
        self.hits: list[tuple[Attempt, str | None, str]] = []
        self.successes: list[tuple[Attempt, str | None, str]] = []
        self.closed = False

    def hit(self, kind: Attempt, *, address_key: str | None, client: str) -> None:
        if self.closed:
            raise TooManyRequests(60)
        self.hits.append((kind, address_key, client))

    def succeeded(self, kind: Attempt, *, address_key: str | None, client: str) -> None:
        self.successes.append((kind, address_key, client))


class Reception:
    """The use cases, and what they are made of."""

    def __init__(self, story: UseCases) -> None:
        self.story, self.throttle = story, Turnstile()
        self.passwords = Argon2Passwords(secrets.token_bytes, Cost(memory=8, passes=1))
        self.tokens = access_tokens()
        self.refresh_tokens = RandomRefreshTokens(secrets.token_bytes)
        self.invitations = SignedInvitations(KEYS.invitations)

    def key(self, email: str = EMAIL) -> str:
        return self.story.credentials.address_key(email)

    def address(self, email: str = EMAIL) -> EmailAddress:
        return EmailAddress(id=self.key(email))

    def register(self, **wishes: Any) -> Asked[Register, AccountAnswer]:
        story = self.story
        known = {
            "email": EMAIL,
            "password": PASSWORD,
            "name": "Sam Student",
            "role": Role.STUDENT,
            "client": CLIENT,
        }
        handle = RegisterHandler(
            story.aggregates,
            story.credentials,
            self.passwords,
            self.invitations,
            self.throttle,
            story.clock,
            story.ids,
        )
        return story.when(handle, Register(**{**known, **wishes}))

    def sign_in(self, **wishes: Any) -> Asked[SignIn, TokensAnswer]:
        story = self.story
        known = {"email": EMAIL, "password": PASSWORD, "client": CLIENT}
        handle = SignInHandler(
            story.aggregates,
            story.credentials,
            self.passwords,
            self.tokens,
            self.refresh_tokens,
            self.throttle,
            story.clock,
            story.ids,
        )
        return story.when(handle, SignIn(**{**known, **wishes}))

    def refresh(self, token: str) -> Asked[Refresh, TokensAnswer]:
        story = self.story
        handle = RefreshHandler(
            story.aggregates,
            story.credentials,
            self.tokens,
            self.refresh_tokens,
            self.throttle,
            story.clock,
        )
        return story.when(handle, Refresh(refresh_token=token, client=CLIENT))

    def update_me(self, caller: Principal, **wishes: Any) -> Asked[UpdateMe, AccountAnswer]:
        story = self.story
        handle = UpdateMeHandler(
            story.aggregates, story.credentials, self.passwords, self.throttle, story.clock
        )
        return story.when(handle, UpdateMe(caller=caller, client=CLIENT, **wishes))

    async def has_somebody(self, role: Role = Role.STUDENT, **wishes: Any) -> Principal:
        """Let somebody have registered; return who they are."""
        self.story.enter()
        asked = self.register(role=role, **wishes)
        made = await asked.handle(asked.command)
        self.throttle.hits.clear()
        part = {"student_id": made.student_id, "mentor_id": made.mentor_id}
        return Principal(made.id, role, **{name: value for name, value in part.items() if value})


@contextmanager
def reception(folder: Path) -> Iterator[Reception]:
    with use_cases(folder) as story:
        opened = Reception(story)
        yield opened
        opened.passwords.close()
