"""What the lines of the log hold, and what they never do."""

from __future__ import annotations

import ast
import contextvars
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

import mentorbooking
from mentorbooking.adapters.observability.logging import Layout, configure_logging
from mentorbooking.adapters.observability.scrubbing import HIDDEN
from mentorbooking.application.context import CommandContext, enter_context

Lines = Callable[[], list[dict[str, Any]]]
LEVELS = ("debug", "info", "warning", "error", "critical", "exception")
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyXzEifQ.c2lnbmF0dXJl"


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    """Log JSON, and return what was logged."""
    handlers, level = logging.root.handlers[:], logging.root.level
    configure_logging(layout="json")
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def fail(text: str) -> None:
    raise RuntimeError(text)


def test_a_line_begins_alike_whoever_writes_it(lines: Lines) -> None:
    nowhere = contextvars.Context().run
    nowhere(structlog.get_logger().info, "something", number=1)
    nowhere(logging.getLogger("uvicorn.error").warning, "something %s", "else")
    ours, theirs = lines()
    assert list(ours) == ["event", "level", "timestamp", "actor", "number"]
    assert list(theirs) == ["event", "level", "timestamp", "actor", "logger"]
    assert (theirs["event"], theirs["logger"]) == ("something else", "uvicorn.error")
    assert ours["timestamp"].endswith("Z")


def test_a_line_is_written_in_one_go(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(sys.stderr, "write", written.append)
    structlog.get_logger().info("ours")
    logging.getLogger("somebody.else").error("theirs")
    assert [json.loads(line)["event"] for line in written] == ["ours", "theirs"]
    assert all(line.endswith("}\n") for line in written)


def test_the_system_acts_where_nobody_else_does(lines: Lines) -> None:
    contextvars.Context().run(structlog.get_logger().info, "something")
    (line,) = lines()
    assert line["actor"] == "system"
    assert "request_id" not in line


def test_what_is_bound_by_a_request_stands_on_every_line(lines: Lines) -> None:
    structlog.contextvars.bind_contextvars(request_id="r1", actor="user:user_1")
    structlog.get_logger().info("ours")
    logging.getLogger("somebody.else").error("theirs")
    assert [(line["request_id"], line["actor"]) for line in lines()] == [("r1", "user:user_1")] * 2


def test_so_does_what_surrounds_a_command(lines: Lines) -> None:
    def command() -> None:
        enter_context(CommandContext(actor="import:import_1", channel="job", correlation_id="r2"))
        structlog.get_logger().info("within")

    contextvars.copy_context().run(command)
    (line,) = lines()
    assert (line["request_id"], line["actor"]) == ("r2", "import:import_1")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("no mail to ada.l+x@mail.example.org today", "no mail to [address] today"),
        (f"Authorization: Bearer {JWT}", "Authorization: [token]"),
        (f"token {JWT} is bad", "token [token] is bad"),
        (
            "GET /file?expires=1&signature=abc-_X HTTP",
            f"GET /file?expires=1&signature={HIDDEN} HTTP",
        ),
        ("/register?invitation=abc.def-g", f"/register?invitation={HIDDEN}"),
        (
            "smtp://me:p%40ss@mail.example.org:25 is away",
            f"smtp://{HIDDEN}@mail.example.org:25 is away",
        ),
        ("refresh_token=abc password=hush", f"refresh_token={HIDDEN} password={HIDDEN}"),
        ("a=b and 1 @ 2", "a=b and 1 @ 2"),
    ],
)
def test_addresses_tokens_and_passwords_are_taken_out_of_texts(
    lines: Lines, text: str, left: str
) -> None:
    structlog.get_logger().warning("said", text=text, deep={"list": [text]})
    logging.getLogger("theirs").error("%s", text)
    ours, theirs = lines()
    assert (ours["text"], ours["deep"]["list"], theirs["event"]) == (left, [left], left)


def test_also_out_of_errors_and_what_only_has_a_repr(lines: Lines) -> None:
    try:
        fail("nobody is ada@example.org")
    except RuntimeError as error:
        structlog.get_logger().exception("failed", error=error)
        logging.getLogger("theirs").exception("failed")
    for line in lines():
        assert "ada@example.org" not in json.dumps(line)
        assert "RuntimeError: nobody is [address]" in line["exception"]


def test_colours_hide_nothing_from_the_eye_that_looks_for_secrets(
    lines: Lines, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    configure_logging(layout="auto")
    structlog.get_logger().info("said", to="ada@example.org")
    written = capsys.readouterr().err
    assert "to\x1b[0m=\x1b[35m[address]\x1b[0m" in written


def test_fields_are_hidden_by_name(lines: Lines) -> None:
    structlog.get_logger().info("x", password="hush", email="not an address", token="abc", job=1)
    (line,) = lines()
    assert (line["password"], line["email"], line["token"], line["job"]) == (HIDDEN,) * 3 + (1,)


def test_a_level_that_is_not_wanted_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(level="warning", layout="json")
    structlog.get_logger().info("no")
    logging.getLogger("theirs").info("no")
    structlog.get_logger().warning("yes")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["yes"]


@pytest.mark.parametrize(
    ("layout", "is_json"), [("auto", True), ("json", True), ("console", False)]
)
def test_json_where_nobody_reads_along(
    lines: Lines, capsys: pytest.CaptureFixture[str], layout: Layout, is_json: bool
) -> None:
    configure_logging(layout=layout)
    structlog.get_logger().info("said", to="ada@example.org")
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.startswith("{") is is_json
    assert "[address]" in written.err
    assert "\x1b" not in written.err


def logged_in(module: ast.Module) -> Iterator[ast.expr]:
    """Return what is told in the calls of a module's logger: the events' names."""
    for node in ast.walk(module):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="_log" | "_logger"), attr=level),
                args=[event, *_],
            ) if level in LEVELS:
                yield event


def test_every_event_has_a_name_that_can_be_looked_for() -> None:
    named = {
        f"{path.name}:{event.lineno}": ast.unparse(event)
        for path in Path(mentorbooking.__file__).parent.rglob("*.py")
        for event in logged_in(ast.parse(path.read_text(encoding="utf-8")))
    }
    name = r"'[a-z]+(_[a-z]+)*'"

    assert len(named) > 40
    assert {
        place: event
        for place, event in named.items()
        if not re.fullmatch(rf"{name}( if .+ else {name})?", event)
    } == {}
