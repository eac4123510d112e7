"""People's words made fit to stand in a mail, without changing what they say.

What is taken out has no business in a mail: control characters, halves of surrogate pairs,
and the marks that reverse the direction of the text behind them (Unicode UAX #9, explicit
embeddings, overrides and isolates), by which a name could disguise what follows it.
"""

from __future__ import annotations

import re

_UNFIT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def lines_of(text: str) -> tuple[str, ...]:
    """Split a text at its line breaks, of whatever kind."""
    return tuple(_UNFIT.sub("", line).rstrip() for line in text.splitlines())


def single_line(text: str) -> str:
    """Put a text on one line, with single spaces: fit for a header."""
    if text.isprintable():  # then only spaces part its words, and nothing is unfit
        return " ".join(text.split())
    return " ".join(" ".join(lines_of(text)).split())


def shortened(text: str, limit: int) -> str:
    """Put a text on one line of at most ``limit`` characters."""
    line = single_line(text)
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"
