"""What the service tells of itself: that it lives, is ready, and how it does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.application.ports.unavailable import StoreUnavailable
from tests.support.backstage import Backend
from tests.support.running_service import (
    House,
    eventually,
    running_house,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def house(shared_house: House) -> House:
    """Most of this is true of any house."""
    return shared_house


@pytest.fixture
async def fresh_house(anyio_backend: str, tmp_path: Path, backend: Backend) -> AsyncIterator[House]:
    """A house that may be broken."""
    async with running_house(tmp_path, backend) as house:
        yield house


async def test_the_service_tells_that_it_lives_and_is_ready(house: House) -> None:
    live = await house.anyone.get("/health/live")
    ready = await house.anyone.get("/health/ready")

    assert live.status_code == ready.status_code == 200


async def test_it_is_not_ready_when_the_event_store_cannot_be_reached(fresh_house: House) -> None:
    async def broken() -> int:
        raise StoreUnavailable("disk I/O error")

    fresh_house.service.base.log.head = broken  # type: ignore[method-assign]

    answer = await fresh_house.anyone.get("/health/ready")
    live = await fresh_house.anyone.get("/health/live")

    assert answer.status_code == 503
    assert live.status_code == 200


async def test_an_outbox_that_can_not_go_on_is_told_and_keeps_nobody_from_booking(
    fresh_house: House,
) -> None:
    house, running = fresh_house, 'mentorbooking_follower_running{follower="outbox"}'

    async def outbox_is(told: str) -> bool:
        checks = (await house.anyone.get("/health/ready")).json()["checks"]
        return checks.get("outbox") == told

    read = house.service.base.log.read

    async def broken(*args: Any, **given: Any) -> Any:
        if given.get("topics"):  # projections read everything
            raise StoreUnavailable("disk I/O error")
        return await read(*args, **given)

    await eventually(lambda: outbox_is("ok"))
    assert f"{running} 1.0" in (await house.anyone.get("/metrics")).text

    house.service.base.log.read = broken  # type: ignore[method-assign]
    await house.mentor()

    await eventually(lambda: outbox_is("stalled: StoreUnavailable: disk I/O error"))
    assert (await house.anyone.get("/health/ready")).status_code == 200
    assert f"{running} 0.0" in (await house.anyone.get("/metrics")).text


async def test_metrics_are_in_the_format_of_prometheus(house: House) -> None:
    await house.mentor()

    answer = await house.anyone.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "# TYPE " in answer.text
    assert 'route="/auth/register"' in answer.text
    head = await house.service.base.log.head()
    assert f"mentorbooking_log_position {head:.1f}" in answer.text
