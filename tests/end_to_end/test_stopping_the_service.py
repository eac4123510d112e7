"""SIGTERM ends the service in ten seconds, whatever it is doing, and the work goes on next time."""

from __future__ import annotations

import socket
from contextlib import closing
from urllib.parse import urlsplit

from tests.support.patience import PATIENCE
from tests.support.program import Program
from tests.support.serving_process import STOPPED_WITHIN, served, within

ROWS = 30_000


def test_a_stalled_request_and_an_import_do_not_keep_the_service(program: Program) -> None:
    program.make_admin()
    rows = b"".join(b"mentor%d@example.org,Mentor,Go\n" % number for number in range(ROWS))
    with served(program.folder) as service, service.client() as admin:
        file = {"file": ("mentors.csv", b"email,name,skills\n" + rows, "text/csv")}
        place = admin.post("/import/mentors", files=file).headers["Location"]
        within(PATIENCE, lambda: admin.get(place).json()["status"] == "running" or None)
        url = urlsplit(service.url)
        with closing(socket.create_connection((url.hostname, url.port))) as stalled:
            stalled.sendall(b"POST /auth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
            admin.get("/health/live")

            assert service.stop(seconds=STOPPED_WITHIN) == 0

    with served(program.folder) as service, service.client() as admin:
        assert admin.get(place).json()["status"] in ("queued", "running")
