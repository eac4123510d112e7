"""What tests of forged tokens of a user pool share: where they are presented, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import pytest

from mentorbooking.adapters.identity.cognito.pool import CognitoPool
from mentorbooking.application.ports.identity import InvalidToken
from mentorbooking.application.use_cases.accounts.admit_pool_user import AdmitPoolUser
from mentorbooking.application.use_cases.accounts.pool_callers import PoolCallers
from mentorbooking.entrypoints.http.authenticating import authenticating
from mentorbooking.entrypoints.http.serving import Verify
from tests.support.forged_tokens import TOKENS as OWN_TOKENS
from tests.support.identity import SetClock
from tests.support.user_pool import PoolServer, jwk_of, pool_server, rsa_key, token

GOOD = token()
OTHER_KEY_ID = "pool-key-2"
"""Names another key of the pool: ``rsa_key(2)``."""


@pytest.fixture(scope="module")
def server() -> Iterator[PoolServer]:
    with pool_server() as server:
        server.keys.append(jwk_of(rsa_key(2), OTHER_KEY_ID))
        yield server


@pytest.fixture(scope="module")
def pool(server: PoolServer) -> CognitoPool:
    return server.pool()


@pytest.fixture(scope="module")
def verify(pool: CognitoPool) -> Verify:
    """What every request's token goes through: the pool's and our own are both taken."""
    return authenticating(OWN_TOKENS, SetClock(), PoolCallers(pool, _nobody_is_let_in))


async def _nobody_is_let_in(command: AdmitPoolUser) -> NoReturn:
    raise AssertionError(f"let in as {command.user}")


async def assert_refused(verify: Verify, forged: str) -> None:
    """Nobody takes the token, the second time neither, and nothing repeats it."""
    for _ in range(2):
        with pytest.raises(InvalidToken) as refusal:
            await verify(forged, "request-1")
        assert len(forged) < 20 or forged not in str(refusal.value)


def assert_plenty(forged: list[Any], least: int) -> None:
    """There are so many different ones, and none of them is the good one."""
    tokens = {param.values[0] for param in forged}
    assert len(tokens) >= least
    assert GOOD not in tokens
