"""The running service tells a problem even to who does not speak HTTP."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from urllib.parse import urlsplit

from tests.support.patience import PATIENCE
from tests.support.program import Program
from tests.support.serving_process import served


def test_noise_is_answered_with_a_problem_and_logged_as_a_request(program: Program) -> None:
    with served(program.folder) as service:
        url = urlsplit(service.url)
        with closing(socket.create_connection((url.hostname, url.port), timeout=PATIENCE)) as line:
            line.sendall(b"FOO /mentors HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while more := line.recv(65_536):
                answer += more
        assert service.stop() == 0

    head, _, body = answer.decode().partition("\r\n\r\n")
    problem = json.loads(body)
    assert head.startswith("HTTP/1.1 400 ")
    assert "content-type: application/problem+json\r\n" in head
    assert (problem["code"], problem["instance"]) == ("bad-request", "/")
    (logged,) = (line for line in service.logged if line["event"] == "request")
    assert (logged["status"], logged["request_id"]) == (400, problem["request_id"])
    assert service.event("Invalid HTTP request received.") is None
