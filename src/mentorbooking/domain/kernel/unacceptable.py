"""One value that breaks the rule of its field.

The rules raise it without knowing where the value came from; whoever asked them adds the place:
a JSON Pointer, a column and a line.
"""

from __future__ import annotations


class Unacceptable(ValueError):
    """``code`` is stable and kebab-case. ``detail`` says what is allowed, never what was sent."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
