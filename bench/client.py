"""A client of the service, and its first admin."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, Any

import httpx

from bench.servers import PROGRAM, service_environment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PASSWORD = "correct horse battery staple"
ADMIN = "admin@bench.example.org"


class Service:
    """The service as one client with many people sees it."""

    def __init__(self, port: int) -> None:
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        self.admin = ""

    def call(self, method: str, path: str, token: str = "", **content: Any) -> Any:
        """Return the decoded answer; raise `httpx.HTTPStatusError` when it is a refusal."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self.client.request(method, path, headers=headers, **content)
        if answer.is_error:
            raise httpx.HTTPStatusError(answer.text, request=answer.request, response=answer)
        return answer.json()

    def sign_in(self, email: str) -> str:
        """Return an access token."""
        pair = self.call("POST", "/auth/token", json={"email": email, "password": PASSWORD})
        token: str = pair["access_token"]
        return token

    def until(self, path: str, ended: Iterable[str]) -> Any:
        """Ask for a piece of work as the admin until it has ended; return it."""
        while (work := self.call("GET", path, self.admin))["status"] not in ended:
            time.sleep(0.01)
        return work


def make_admin(data_dir: Path) -> None:
    """Make the first admin from the command line, as the contract says."""
    command = [*PROGRAM, "users", "create", "--role", "admin", "--email", ADMIN]
    subprocess.run(
        [*command, "--name", "Ada Admin", "--password-stdin"],
        input=f"{PASSWORD}\n".encode(),
        env=service_environment(data_dir),
        cwd=data_dir.parent,
        stdout=subprocess.DEVNULL,
        check=True,
    )
