"""A plugin of pytest: forget what was cached while no mutant was chosen, or it would hide some."""

from __future__ import annotations

import sys
from functools import _lru_cache_wrapper


def pytest_sessionstart() -> None:
    """Empty the caches of the project's functions."""
    for name, module in list(sys.modules.items()):
        if name.startswith("mentorbooking."):
            for thing in vars(module).values():
                if isinstance(thing, _lru_cache_wrapper):
                    thing.cache_clear()
