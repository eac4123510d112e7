"""The Cognito user pool of the settings, where they name one: its users beside our own."""

from __future__ import annotations

import time
from functools import partial

from mentorbooking.application.deciding_again import deciding_again
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.credentials import Credentials
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.use_cases.accounts.admit_pool_user import AdmitPoolUserHandler
from mentorbooking.application.use_cases.accounts.pool_callers import PoolCallers
from mentorbooking.domain.user_account.role import Role
from mentorbooking.entrypoints.settings import Settings


def pool_callers(
    settings: Settings,
    *,
    aggregates: AggregateStore,
    credentials: Credentials,
    store_key: bytes,
    clock: Clock,
    ids: Ids,
) -> PoolCallers | None:
    """Return who tells the pool's users apart; None without a pool. Asks nobody yet.

    ``store_key`` is the random key that is made with the store and lives in it.
    """
    issuer, keys_url = settings.cognito_issuer, settings.cognito_keys_url
    if issuer is None or keys_url is None:
        return None
    # What only these need is not loaded without them.
    from mentorbooking.adapters.identity.cognito.pool import CognitoPool, CognitoSettings
    from mentorbooking.adapters.identity.subject_keys import subject_key

    pool = CognitoPool(
        CognitoSettings(
            issuer=issuer,
            keys_url=keys_url,
            client_ids=settings.cognito_client_ids,
            roles={
                settings.cognito_admin_group: Role.ADMIN,
                settings.cognito_operator_group: Role.OPERATOR,
                settings.cognito_mentor_group: Role.MENTOR,
            },
        ),
        time.monotonic,
    )
    admit = AdmitPoolUserHandler(
        aggregates, credentials, pool, partial(subject_key, store_key, issuer), clock, ids
    )
    return PoolCallers(pool, deciding_again(admit))
