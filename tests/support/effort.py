"""How hard the tests of our promises try: for a moment, or for as long as ``./mb torture`` says.

A test that can go on counts in rounds; what one round is, it says itself. Each run of the tests
goes through a few of them, always the same. The recipe sets two variables: how many rounds, and
the number of the first, from which chance is seeded, so that a round that failed can be repeated.
"""

from __future__ import annotations

import os
from random import Random
from typing import Final

ROUNDS_VARIABLE: Final = "TORTURE_ROUNDS"
FIRST_VARIABLE: Final = "TORTURE_FIRST"

TORTURED: Final = ROUNDS_VARIABLE in os.environ
FIRST: Final = int(os.environ.get(FIRST_VARIABLE, "0"))


def rounds(usual: int) -> int:
    """Return how often to go through a test."""
    return int(os.environ.get(ROUNDS_VARIABLE, usual))


def seeds(usual: int) -> range:
    """Return a seed for each round, none of which another run of the recipe goes through."""
    return range(FIRST, FIRST + rounds(usual))


def chance_of(seed: int, *, what: str) -> Random:
    """Return chance that is the same whenever a round is repeated, and its own for each test."""
    return Random(f"{what} {seed}")
