"""A user pool of our own: its keys, its tokens, and a server that tells its keys and its users."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mentorbooking.adapters.identity.cognito import asking
from mentorbooking.adapters.identity.cognito.pool import CognitoPool, CognitoSettings
from mentorbooking.domain.user_account.role import Role
from tests.support.fixed import NOW
from tests.support.identity import b64, compact
from tests.support.patience import PATIENCE

ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"
CLIENT = "1example23456789"
OTHER_CLIENT = "2example23456789"
SUBJECT = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
KEY_ID = "pool-key-1"
SCOPE = "aws.cognito.signin.user.admin"
ROLES = {"admin": Role.ADMIN, "operator": Role.OPERATOR, "mentor": Role.MENTOR}
SECONDS = int(NOW.timestamp())

HEADER = {"kid": KEY_ID, "alg": "RS256"}
CLAIMS: dict[str, Any] = {
    "sub": SUBJECT,
    "iss": ISSUER,
    "version": 2,
    "client_id": CLIENT,
    "origin_jti": "9f0c0c9e-0b1b-4f3f-8f3a-5d0d0f0c1a11",
    "token_use": "access",
    "scope": SCOPE,
    "auth_time": SECONDS,
    "exp": SECONDS + 3600,
    "iat": SECONDS,
    "jti": "2a4b3f0e-6a51-4f55-9d0e-2c7f7e8f9a10",
    "username": "ada",
}


@cache
def rsa_key(number: int = 1, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return a key; the same one for the same number."""
    assert number
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def jwk_of(key: rsa.RSAPrivateKey, kid: str = KEY_ID, **more: object) -> dict[str, object]:
    """Write a public key as Cognito does."""
    numbers = key.public_key().public_numbers()
    return {
        "alg": "RS256",
        "e": b64(numbers.e.to_bytes(3, "big")),
        "kid": kid,
        "kty": "RSA",
        "n": b64(numbers.n.to_bytes(key.key_size // 8, "big")),
        "use": "sig",
        **more,
    }


def signed(
    header: object, claims: object, key: rsa.RSAPrivateKey | None = None, **wishes: Any
) -> str:
    """Sign any header and claims, however senseless, with the pool's key or another one."""
    signing_input = f"{b64(_as_bytes(header))}.{b64(_as_bytes(claims))}"
    filling = wishes.get("padding", padding.PKCS1v15())
    digest = wishes.get("digest", hashes.SHA256())
    signature = (key or rsa_key()).sign(signing_input.encode(), filling, digest)
    return f"{signing_input}.{b64(signature)}"


def _as_bytes(segment: object) -> bytes:
    if isinstance(segment, bytes):
        return segment
    return (segment if isinstance(segment, str) else compact(segment)).encode()


def token(*groups: str, at: datetime = NOW, **claims: object) -> str:
    """Issue a token as the pool does; ``groups`` are those of the user."""
    seconds = int(at.timestamp())
    issued = {**CLAIMS, "auth_time": seconds, "iat": seconds, "exp": seconds + 3600, **claims}
    return signed(HEADER, {**issued, "cognito:groups": list(groups)} if groups else issued)


@dataclass
class PoolServer:
    """What it answers can be changed; ``asked`` are the paths that were asked for, in order."""

    url: str = ""
    keys: list[dict[str, object]] = field(default_factory=lambda: [jwk_of(rsa_key())])
    keys_answer: tuple[int, bytes] | None = None
    users: Callable[[str], tuple[int, object]] = lambda _: (200, {"UserAttributes": []})
    asked: list[str] = field(default_factory=list)
    delay: float = 0.0

    @property
    def keys_url(self) -> str:
        return f"{self.url}/pool/.well-known/jwks.json"

    def has_user(self, **attributes: str) -> None:
        """Answer every token's owner with these attributes."""
        told = [{"Name": name, "Value": value} for name, value in attributes.items()]
        self.users = lambda _: (200, {"Username": "ada", "UserAttributes": told})

    def pool(self, monotonic: Callable[[], float] = time.monotonic) -> CognitoPool:
        """Return the pool whose keys and users are here."""
        return CognitoPool(
            CognitoSettings(
                issuer=ISSUER, keys_url=self.keys_url, client_ids=(CLIENT,), roles=ROLES
            ),
            monotonic,
        )

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        self.asked.append(path)
        time.sleep(self.delay)
        if path == "/":
            status, told = self.users(json.loads(body)["AccessToken"])
            return status, json.dumps(told).encode()
        return self.keys_answer or (200, json.dumps({"keys": self.keys}).encode())


@contextmanager
def pool_server() -> Iterator[PoolServer]:
    """Serve on a port of this machine; it is waited for longer than a real one."""
    state = PoolServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.tell()

        def do_POST(self) -> None:
            self.tell()

        def tell(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            status, content = state.answer(self.path, self.rfile.read(length))
            self.send_response(status)
            if status in (301, 302):
                self.send_header("Location", state.keys_url)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(asking, "ANSWERED_WITHIN", PATIENCE)
            patch.setattr(asking, "CONNECTED_WITHIN", PATIENCE)
            yield state
    finally:
        server.shutdown()
        server.server_close()
        serving.join()
