"""A small API that shows every convention, and a client that calls it over ASGI."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import httpx
from litestar import Litestar
from prometheus_client import CollectorRegistry

from mentorbooking.application.authorisation import Access
from mentorbooking.application.principal import Principal
from mentorbooking.domain.kernel.errors import Refused
from mentorbooking.domain.user_account.role import Role
from mentorbooking.entrypoints.http.app import create_app
from mentorbooking.entrypoints.http.operations import Endpoint
from tests.http.demo_failures import fail
from tests.http.demo_files import import_file, report
from tests.http.demo_operations import (
    add_slots,
    cancel_booking,
    create_booking,
    export,
    get_booking,
    list_bookings,
    sign_in,
    update_profile,
    whoami,
)

ENDPOINTS: tuple[Endpoint, ...] = (
    create_booking,
    list_bookings,
    get_booking,
    cancel_booking,
    add_slots,
    update_profile,
    export,
    import_file,
    report,
    fail,
    whoami,
    sign_in,
)

ANYONE = Access(anyone=True)
ACCESS: dict[str, Access] = {
    **{made.operation.operation_id: ANYONE for made in ENDPOINTS},
    "create_booking": Access(roles={Role.STUDENT: "own", Role.ADMIN: "all"}),
    "get_openapi": ANYONE,
    "read_docs": ANYONE,
}


class BadToken(Refused):
    code = "invalid-token"


async def verify(token: str, request_id: str) -> Principal:
    """A token is the name of a role."""
    if token not in list(Role):
        raise BadToken("The access token is not valid, or has expired.")
    return Principal(f"user_{token}", Role(token))


def demo_app(**wishes: Any) -> Litestar:
    """Build the demo's application; a registry of its own keeps its measures apart."""
    settings: dict[str, Any] = {
        "core": SimpleNamespace(lanes=1),
        "verify": verify,
        "access": ACCESS,
        "registry": CollectorRegistry(),
        "version": "1.2.3",
    }
    return create_app(ENDPOINTS, **{**settings, **wishes})


def client_of(app: Litestar, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # ASGI's types differ
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)


def as_role(role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {role}"}


def errors_of(answer: httpx.Response) -> list[tuple[str, str]]:
    """Return place and code of every error that a problem tells."""
    return [(e.get("pointer") or e["parameter"], e["code"]) for e in answer.json()["errors"]]
