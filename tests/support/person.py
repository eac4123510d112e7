"""Somebody who calls the service, signed in."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass
class Person:
    """Somebody with an account. Calls carry a token that is good at the present moment."""

    http: httpx.AsyncClient
    account: dict[str, Any]

    @property
    def id(self) -> str:
        """Return the id of the person's part: student, mentor, else user."""
        return str(
            self.account.get("student_id") or self.account.get("mentor_id") or self.account["id"]
        )

    @property
    def email(self) -> str:
        return str(self.account["email"])

    async def get(self, path: str, **wishes: Any) -> httpx.Response:
        return await self.http.get(path, **wishes)

    async def post(self, path: str, json: Any = None, **wishes: Any) -> httpx.Response:
        return await self.http.post(path, json=json, **wishes)

    async def put(self, path: str, json: Any, **wishes: Any) -> httpx.Response:
        return await self.http.put(path, json=json, **wishes)

    async def patch(self, path: str, json: Any, **wishes: Any) -> httpx.Response:
        return await self.http.patch(path, json=json, **wishes)

    async def delete(self, path: str, **wishes: Any) -> httpx.Response:
        return await self.http.delete(path, **wishes)


class PresentToken(httpx.Auth):
    """Signs requests with a token that has just been issued, wherever the clock stands."""

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        request.headers["Authorization"] = f"Bearer {self._token()}"
        yield request
