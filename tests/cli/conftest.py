"""The program, on an empty folder of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.program import Program
from tests.support.program_fixture import program
from tests.support.serving_process import served

__all__ = ["program"]


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data directory of a demo, made once; not to be changed."""
    folder = tmp_path_factory.mktemp("demo")
    with served(folder, "--demo") as service:
        assert service.stop() == 0
    return folder / "data"


@pytest.fixture
def with_demo(program: Program, demo_data: Path) -> Program:
    """Return the program on a copy of the demo."""
    shutil.copytree(demo_data, program.data)
    return program
