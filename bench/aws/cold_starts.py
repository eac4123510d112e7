"""How long the functions of Lambda take to start, as their runtime client counts it.

From the start of the process until it asks for work: imports, and what is opened before. Every
start is of a process of its own, and reads files that were read before.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.report import Figure
from mentorbooking.entrypoints.worker_process import as_variables
from tests.support.runtime_api import lambda_function
from tools.lambda_package.functions import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.aws.stage import Stage
    from tools.lambda_package.functions import Function

STARTS = 10
LONGEST = {"api": 900}
LONGEST_OF_A_WORKER = 800
"""Milliseconds."""


async def cold_starts(stage: Stage, *, starts: int = STARTS) -> list[Figure]:
    """Start each function so many times, after once for what is compiled; return the medians."""
    settings = as_variables(stage.base.settings)
    return [await asyncio.to_thread(_figure, each, settings, starts) for each in FUNCTIONS]


def _figure(function: Function, settings: Mapping[str, str], starts: int) -> Figure:
    _start(function, settings)
    took = median(_start(function, settings) for _ in range(starts))
    goal = f"< {LONGEST.get(function.name, LONGEST_OF_A_WORKER)}"
    return Figure(f"cold start of {function.name}", took * 1000, "ms", goal)


def _start(function: Function, settings: Mapping[str, str]) -> float:
    with (
        tempfile.TemporaryDirectory() as folder,
        lambda_function(function.handler, settings, Path(folder)) as started,
    ):
        return started.init_seconds
