"""The directory of mentors in SQLite: its tables, and how a batch of rows is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from sqlite3 import Connection
from typing import Any, ClassVar

import msgspec

from mentorbooking.adapters.read_models.sqlite.model import (
    SQLiteReadModel,
    bodies_by_id,
    encode,
    filled,
    kept,
)
from mentorbooking.application.answers.mentor import MentorAnswer
from mentorbooking.application.read_models.finding_mentors import ranks_of, terms_of
from mentorbooking.application.read_models.mentor_directory import (
    MentorDirectoryProjection,
    MentorSort,
)
from mentorbooking.application.read_models.projection import Key, Rows

_PUT = """
INSERT INTO {t} (id, status, name_key, experience_rank, rate_rank, premium, time_zone, body)
SELECT {cells[8]} FROM json_each(?) WHERE true
ON CONFLICT (id) DO UPDATE SET
    status = excluded.status, name_key = excluded.name_key,
    experience_rank = excluded.experience_rank, rate_rank = excluded.rate_rank,
    premium = excluded.premium, time_zone = excluded.time_zone, body = excluded.body"""
_FORGET_TERMS = """
DELETE FROM {t}_terms WHERE number IN (
    SELECT number FROM {t} WHERE id IN (SELECT json_extract(value, '$[0]') FROM json_each(?))
)"""
_PUT_TERMS = """
INSERT INTO {t}_terms (term, number)
SELECT term.value, number
FROM json_each(?) AS given, json_each(given.value, '$[8]') AS term
JOIN {t} ON {t}.id = json_extract(given.value, '$[0]')"""
_PUT_WORDS = """
INSERT OR REPLACE INTO {t}_words (rowid, name, skills, bio)
SELECT number, json_extract(value, '$[7].name'), json_extract(value, '$[9]'),
    json_extract(value, '$[7].bio')
FROM json_each(?) JOIN {t} ON {t}.id = json_extract(value, '$[0]')"""

_decode = msgspec.json.Decoder(MentorAnswer).decode
_decode_all = msgspec.json.Decoder(list[MentorAnswer]).decode


class SQLiteMentorDirectoryModel(SQLiteReadModel[MentorAnswer]):
    """``_terms`` holds skills and languages, ``_words`` what can be searched for; ``+`` and ``#``
    are letters there, for the sake of C++ and C#.
    """

    projection: ClassVar = MentorDirectoryProjection()
    further_tables: ClassVar = ("terms", "words")
    schema: ClassVar = (
        """CREATE TABLE {t} (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            status TEXT NOT NULL,
            name_key TEXT NOT NULL,
            experience_rank INTEGER NOT NULL,
            rate_rank REAL NOT NULL,
            premium INTEGER NOT NULL,
            time_zone TEXT NOT NULL,
            body TEXT NOT NULL
        )""",
        """CREATE TABLE {t}_terms (
            term TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (term, number)
        ) WITHOUT ROWID""",
        "CREATE INDEX {i}_terms_by_number ON {t}_terms (number)",
        """CREATE VIRTUAL TABLE {t}_words USING fts5 (
            name, skills, bio, tokenize = "unicode61 remove_diacritics 2 tokenchars '+#'"
        )""",
    )
    indices: ClassVar = (
        "{i}_by_name ON {t} (name_key, id) WHERE status = 'active'",
        "{i}_by_experience ON {t} (experience_rank, id) WHERE status = 'active'",
        "{i}_by_rate ON {t} (rate_rank, id) WHERE status = 'active'",
    )

    def load(
        self, db: Connection, table: str, keys: AbstractSet[Key]
    ) -> Mapping[Key, MentorAnswer]:
        return {row.id: row for row in _decode_all(bodies_by_id(db, table, keys))}

    def write(self, db: Connection, table: str, rows: Rows[MentorAnswer]) -> None:
        given = encode([_values(row) for _, row in kept(rows.changed)])
        for statement in (_PUT, _FORGET_TERMS, _PUT_TERMS, _PUT_WORDS):
            db.execute(filled(statement, table), (given,))

    def rows(self, db: Connection) -> Iterator[tuple[Key, MentorAnswer]]:
        for mentor_id, body in db.execute("SELECT id, body FROM mentor_directory ORDER BY id"):
            yield mentor_id, _decode(body)


def _values(row: MentorAnswer) -> tuple[Any, ...]:
    ranks = ranks_of(row)
    return (
        row.id,
        row.status,
        ranks[MentorSort.NAME],
        ranks[MentorSort.MOST_EXPERIENCED],
        ranks[MentorSort.CHEAPEST],
        row.premium,
        row.time_zone,
        row,
        sorted(terms_of(row)),
        "\n".join(row.skills),
    )
