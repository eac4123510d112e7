"""Every regular expression of the program reads 100 KB of hostile text at once.

Expressions are found wherever they stand: in the modules as they are when imported, and in their
source where one is written in the middle of a call. A text is hostile when an expression nearly
matches it everywhere, and never does in the end; it is made of the letters that the expression
itself speaks of. A round is one such text, at random, for every expression.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import mentorbooking
from tests.support.effort import chance_of, seeds

LENGTHS = (*range(15, 100, 5), 200, 1_000, 10_000, 100_000)
"""What would take for ever on a long text is noticed on a short one, and ends."""

SECONDS = 0.05
"""Of the processor's time; a machine that is busy with something else is no reason to fail."""

TRIES = 3
ENDINGS = ("", "\x00", "!")
ANYTHING = "a0 ./-"
OF_THE_OPERATOR = "mentorbooking.entrypoints.settings"
"""May hand expressions on under a name, where they are not found: its texts are no stranger's."""

WHOLE = frozenset({"fullmatch"})
ANY_WAY = frozenset({"fullmatch", "match", "search"})


class Expression(NamedTuple):
    """An expression, how the program lets it look at a text, and where it stands."""

    pattern: re.Pattern[Any]
    ways: frozenset[str]
    place: str

    @property
    def letters(self) -> list[str]:
        """What its texts are made of."""
        text = self.pattern.pattern
        spelled = text.decode() if isinstance(text, bytes) else text
        return sorted({letter for letter in spelled if letter.isprintable()} | set(ANYTHING))

    def is_slow(self, phrase: str, ending: str = "") -> bool:
        """Tell whether it is slow on repetitions of a phrase, in one of the ways."""
        return any(self._is_slow_on(phrase * (n // len(phrase)) + ending) for n in LENGTHS)

    def _is_slow_on(self, text: str) -> bool:
        given = text.encode() if isinstance(self.pattern.pattern, bytes) else text
        return any(
            all(_seconds(getattr(self.pattern, way), given) > SECONDS for _ in range(TRIES))
            for way in self.ways
        )


def _seconds(look: Any, text: str | bytes) -> float:
    start = time.thread_time()
    look(text)
    return time.thread_time() - start


@cache
def every_expression() -> list[Expression]:
    found: dict[re.Pattern[Any], Expression] = {}
    for module in pkgutil.walk_packages(mentorbooking.__path__, "mentorbooking."):
        if module.name.endswith("__main__"):
            continue
        imported = importlib.import_module(module.name)
        source = Path(str(imported.__file__)).read_text(encoding="utf-8")
        for name, pattern, ways in chain(
            _held_by(imported, source), _written_in(source, module.name)
        ):
            if pattern in found:
                ways |= found[pattern].ways
            found[pattern] = Expression(pattern, ways, f"{module.name}: {name}")
    return list(found.values())


Found = tuple[str, re.Pattern[Any], frozenset[str]]


def _held_by(module: Any, source: str) -> Iterator[Found]:
    for name, value in vars(module).items():
        called = frozenset(re.findall(rf"\b{name}\.(\w+)\(", source))
        for pattern in _within(value):
            yield name, pattern, WHOLE if called == WHOLE else ANY_WAY


def _within(value: object) -> Iterator[re.Pattern[Any]]:
    match value:
        case re.Pattern():
            yield value
        case dict():
            yield from chain.from_iterable(map(_within, chain(value, value.values())))
        case tuple() | list() | set() | frozenset():
            yield from chain.from_iterable(map(_within, value))
        case type() if value.__module__.startswith("mentorbooking."):
            yield from chain.from_iterable(map(_within, vars(value).values()))


def _written_in(source: str, module: str) -> Iterator[Found]:
    """Find ``re.sub("…", …)``; what is filled in stands as a letter."""
    for call in ast.walk(ast.parse(source)):
        match call:
            case ast.Call(
                func=ast.Attribute(value=ast.Name("re"), attr=way), args=[written, *_]
            ) if way not in ("compile", "escape"):
                if isinstance(written, ast.Name) and module == OF_THE_OPERATOR:
                    continue
                text = _spelled(written)
                yield text, re.compile(text), WHOLE if way == "fullmatch" else ANY_WAY


def _spelled(written: ast.expr) -> Any:
    if isinstance(written, ast.JoinedStr):
        return "".join(map(_spelled, written.values))
    return "x" if isinstance(written, ast.FormattedValue) else ast.literal_eval(written)


def test_they_are_found() -> None:
    places = " ".join(expression.place for expression in every_expression())
    for place in ("domain.kernel.ids: _SUFFIX", "scrubbing: _PATTERNS", "settings: (/"):
        assert place in places
    assert len(every_expression()) > 40


def test_no_letter_makes_one_slow_however_often_it_comes() -> None:
    for expression in every_expression():
        for letter in expression.letters:
            for ending in ENDINGS[:2]:
                assert not expression.is_slow(letter, ending), (expression, letter)


def test_no_phrase_makes_one_slow_however_often_it_comes() -> None:
    for seed in seeds(10):
        for expression in every_expression():
            chance = chance_of(seed, what=expression.place)
            phrase = "".join(chance.choices(expression.letters, k=chance.randint(2, 6)))
            ending = chance.choice(ENDINGS)
            assert not expression.is_slow(phrase, ending), (expression, phrase)


@pytest.mark.parametrize(
    "phrase", ["ada@", "ada@a.", "a@b.c+", "-eyJ", "-eyJhbGciOi.", "token=", "://a:", " bearer a"]
)
def test_nor_does_what_looks_like_a_secret_without_end(phrase: str) -> None:
    for expression in every_expression():
        assert not expression.is_slow(phrase), expression
