"""The worker as the process that it is: it mails what another one records, whatever kills it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from mentorbooking.adapters.clock import SystemClock
from mentorbooking.adapters.processes.helper_process import HelperProcess
from mentorbooking.application.ports.messages import MessageStatus
from mentorbooking.application.trying_again.backoff import Backoff
from mentorbooking.entrypoints.settings import Settings, load_settings
from mentorbooking.entrypoints.worker_process import as_variables, worker_process
from tests.support.certificates import self_signed
from tests.support.mail_house import MailHouse, told
from tests.support.patience import PATIENCE
from tests.support.smtp_server import Postbox, smtp_server

pytestmark = pytest.mark.anyio

SOURCES = str(Path(__file__).parent.parent.parent / "src")


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[HelperProcess]:
    stop = asyncio.Event()
    helper = HelperProcess(
        worker_process(settings, ["mail", "exports"]).command,
        environment={**as_variables(settings), "PYTHONPATH": SOURCES},
        chance=lambda: 0.0,
        grace=timedelta(seconds=PATIENCE),
        backoff=Backoff(first=timedelta(milliseconds=10), ceiling=timedelta(milliseconds=10)),
    )
    running = asyncio.create_task(helper.run(stop))
    async with asyncio.timeout(3 * PATIENCE):  # it has the lowest priority, and is killed thrice
        yield helper
        stop.set()
        await running
        assert helper.trouble == "ended with 0", "it ends by itself when it is told"


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    while not await true():
        await asyncio.sleep(0.02)


async def test_exactly_one_mail_per_person_and_fact_however_often_it_is_killed(
    tmp_path: Path,
) -> None:
    house = MailHouse(tmp_path, clock=SystemClock())
    await house.has_people()
    settings = Settings(data_dir=tmp_path, mail_from="Mentor Booking <no-reply@booking.example>")

    async def has_sent(number: int) -> bool:
        return (await house.messages.counts()).get(MessageStatus.SENT, 0) >= number

    async with working(settings) as helper:
        for booked in range(1, 7):
            await house.cancel(await house.book())
            if booked % 2:
                await until(partial(has_sent, 4 * booked - 3))
                assert helper.pid is not None
                os.kill(helper.pid, signal.SIGKILL)
        await until(partial(has_sent, 24))

    assert await house.messages.counts() == {MessageStatus.SENT: 24}
    assert Counter(map(told, house.files())) == {
        ("sam@people.example", "Booked"): 6,
        ("sam@people.example", "Cancelled"): 6,
        ("ada@people.example", "New booking"): 6,
        ("ada@people.example", "Cancelled"): 6,
    }
    house.close()


async def test_its_mail_is_encrypted_though_its_event_loop_knows_no_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = MailHouse(tmp_path, clock=SystemClock())
    await house.has_people()
    await house.book()
    context, trusted = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    postbox = Postbox()

    async def both_have_mail() -> bool:
        return len(postbox.taken) == 2

    with smtp_server(postbox, starttls=context) as server:
        url = f"smtp://127.0.0.1:{server.port}"
        async with working(Settings(data_dir=tmp_path, mail_url=url)):
            await until(both_have_mail)

    assert [taken.encrypted for taken in postbox.taken] == [True, True]
    house.close()


def test_the_worker_is_started_with_the_settings_of_the_service(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        port=8123,
        host="::1",
        base_url="https://booking.example",
        root_path="/mentoring",
        mail_url="smtp://mailer:secret@localhost:2525",
        secret_key="s" * 32,
        rate_limits=False,
        trusted_proxies=("10.0.0.0/8", "192.0.2.1"),
        log_format="json",
    )

    assert load_settings(as_variables(settings)) == settings
    assert load_settings(as_variables(Settings(data_dir=tmp_path))) == Settings(data_dir=tmp_path)
