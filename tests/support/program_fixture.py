"""The program as a fixture, for tests in several folders."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.support.program import Program


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """Stand in an empty folder, with no settings; leave no logging behind."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("MENTORBOOKING_")]:
        monkeypatch.delenv(name)
    handlers, level = logging.root.handlers[:], logging.root.level
    yield Program(tmp_path)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()
