"""Which backends the tests over HTTP run against.

Every test runs on both, but for what is about one machine only. The variable
``MENTORBOOKING_TEST_BACKEND`` names one that all of them run on instead, and
``MENTORBOOKING_TEST_LANES`` is how many lanes the log has on AWS.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.support.aws_backstage import OnAws
from tests.support.backstage import Backend
from tests.support.embedded_backstage import Embedded

VARIABLE = "MENTORBOOKING_TEST_BACKEND"
LANES = int(os.environ.get("MENTORBOOKING_TEST_LANES", "1"))
NAMES = ("embedded", "aws")
CHOSEN = os.environ.get(VARIABLE)

MARKER = "embedded_only(why): is not about what there is on AWS"

if CHOSEN not in (None, *NAMES):
    raise pytest.UsageError(f"{VARIABLE} is one of: {', '.join(NAMES)}")


def backends_of(test: Any) -> list[Any]:
    """Return the names of the backends that a test is to run on, for ``parametrize``."""
    wanted = NAMES if CHOSEN is None else (CHOSEN,)
    only = test.get_closest_marker("embedded_only")
    if only is None:
        return list(wanted)
    skipped = pytest.mark.skip(reason=only.args[0])
    return [pytest.param(name, marks=skipped if name == "aws" else ()) for name in wanted]


def backend_called(name: str, request: pytest.FixtureRequest) -> Backend:
    """Return a backend; the servers that it needs start with the first test that asks."""
    if name == "embedded":
        return Embedded()
    return OnAws(
        request.getfixturevalue("dynamodb_endpoint"),
        request.getfixturevalue("moto_endpoint"),
        lanes=LANES,
    )
