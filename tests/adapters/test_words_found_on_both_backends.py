"""A search finds the same words in memory as in SQLite's full-text index."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorbooking.adapters.read_models.dynamodb.words import Words, searchable
from mentorbooking.adapters.read_models.sqlite.mentor_directory import SQLiteMentorDirectoryModel
from mentorbooking.adapters.read_models.sqlite.words import words_to_match

ALPHABET = "aAbZéÉřßøØŁİıñ٣5²+#-_.'\" \n\tЙйжάΩ中한\u0301ºﬁ…😀ςσµक्षु"
TEXTS = st.text(ALPHABET, max_size=12)


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as db:
        table = next(sql for sql in SQLiteMentorDirectoryModel.schema if "VIRTUAL" in sql)
        db.execute(table.format(t="t"))
        yield db


def found_by_sqlite(db: sqlite3.Connection, fields: list[str], typed: str) -> bool:
    db.execute("DELETE FROM t_words")
    db.execute("INSERT INTO t_words VALUES (?, ?, ?)", fields)
    words = words_to_match(typed)
    sql = "SELECT count(*) FROM t_words WHERE t_words MATCH ?"
    return words is not None and db.execute(sql, (words,)).fetchone() == (1,)


@given(fields=st.lists(TEXTS, min_size=3, max_size=3), typed=TEXTS)
def test_any_words(index: sqlite3.Connection, fields: list[str], typed: str) -> None:
    found = Words(typed).occur_in([searchable(field) for field in fields])
    assert found == found_by_sqlite(index, fields, typed)


@given(data=st.data(), fields=st.lists(TEXTS, min_size=3, max_size=3))
def test_words_that_are_there(
    index: sqlite3.Connection, data: st.DataObject, fields: list[str]
) -> None:
    text = data.draw(st.sampled_from(fields))
    begin = data.draw(st.integers(0, len(text)))
    typed = text[begin : data.draw(st.integers(begin, len(text)))]
    found = Words(typed).occur_in([searchable(field) for field in fields])
    assert found == found_by_sqlite(index, fields, typed)
