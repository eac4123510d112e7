"""The program, on an empty folder of its own or on AWS."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.aws_servers import unique
from tests.support.program import Program
from tests.support.program_fixture import program
from tests.support.serving_process import served

__all__ = ["program"]

NewPlace = Callable[[], dict[str, str]]


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


@pytest.fixture(scope="session")
def place_on_aws(dynamodb_endpoint: str, moto_endpoint: str) -> NewPlace:
    """Return what gives settings of a place on AWS where nothing is yet."""

    def settings() -> dict[str, str]:
        return {
            "MENTORBOOKING_BACKEND": "aws",
            "MENTORBOOKING_AWS_PREFIX": unique("program"),
            "MENTORBOOKING_DYNAMODB_ENDPOINT": dynamodb_endpoint,
            "MENTORBOOKING_AWS_ENDPOINT": moto_endpoint,
            "MENTORBOOKING_SECRET_KEY": "a secret for this test, and no other",
        }

    return settings


@pytest.fixture
def nowhere_on_aws(program: Program, place_on_aws: NewPlace) -> Program:
    """Return the program with the settings of AWS, before anything was made there."""
    program.settings |= place_on_aws()
    return program


@pytest.fixture
def on_aws(nowhere_on_aws: Program) -> Program:
    """Return the program on an empty store on AWS."""
    made = nowhere_on_aws("aws", "init")
    assert made.code == 0, made.err
    return nowhere_on_aws


@pytest.fixture(scope="session")
def demo_on_aws(tmp_path_factory: pytest.TempPathFactory, place_on_aws: NewPlace) -> dict[str, str]:
    """Return the settings of a demo on AWS, made once; not to be changed."""
    folder, settings = tmp_path_factory.mktemp("demo-on-aws"), place_on_aws()
    made = Program(folder, settings).in_a_process("aws", "init")
    assert made.code == 0, made.err
    with served(folder, "--demo", **settings) as service:
        assert service.stop() == 0
    return settings


@pytest.fixture
def with_demo_on_aws(program: Program, demo_on_aws: dict[str, str]) -> Program:
    """Return the program on the demo on AWS."""
    program.settings |= demo_on_aws
    return program
