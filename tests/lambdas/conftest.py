"""The functions' house, one for all tests: a function takes a second to start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.aws_backstage import OnAws
from tests.support.backends import LANES
from tests.support.lambda_house import LambdaHouse, lambda_house


@pytest.fixture(scope="session")
def house(
    dynamodb_endpoint: str, moto_endpoint: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LambdaHouse]:
    """The service as functions. What tests do in it stays, so each has people of its own."""
    backend = OnAws(dynamodb_endpoint, moto_endpoint, lanes=LANES)
    with lambda_house(backend, tmp_path_factory.mktemp("house")) as opened:
        yield opened
