"""How hard tests of promises try: a moment by default, for hours when they are asked to.

``./mb torture`` sets the two variables; see docs/promises.md.
"""

from __future__ import annotations

import os
from typing import Final

PROFILE: Final = "torture"

TORTURED: Final = os.environ.get("HYPOTHESIS_PROFILE") == PROFILE


def rounds(usual: int, torture: int) -> int:
    """Return how often to go through a test; ``ROUNDS`` says it for this run."""
    return int(os.environ.get("ROUNDS") or torture) if TORTURED else usual
