"""Fixtures of the contract suites."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.read_models import BACKENDS, ReadModels


@pytest.fixture(params=BACKENDS)
def read_models(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ReadModels]:
    """All read models over an empty log, on each backend."""
    with request.param(tmp_path) as models:
        yield models
