"""Why a piece of work came to nothing, as an import or an export tells it."""

from __future__ import annotations

import msgspec


class Failure(msgspec.Struct, frozen=True):
    """Why something failed as a whole. ``code`` is stable, ``detail`` is for people."""

    code: str
    detail: str
