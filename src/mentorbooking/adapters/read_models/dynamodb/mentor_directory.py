"""The directory of mentors in DynamoDB: what is kept of each mentor.

All mentors stand in one partition, each in one item. Every process that answers for the
directory holds it in memory: see ``directory_in_memory`` for how it stays current.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar, Final

import msgspec

from mentorbooking.adapters.instants import instant, microseconds
from mentorbooking.adapters.read_models.dynamodb.compact_ids import compact, spelled
from mentorbooking.adapters.read_models.dynamodb.items import Place
from mentorbooking.adapters.read_models.dynamodb.model import DynamoDBReadModel, Step
from mentorbooking.application.answers.mentor import MentorAnswer
from mentorbooking.application.read_models.mentor_directory import MentorDirectoryProjection
from mentorbooking.application.read_models.projection import Key

PARTITION: Final = "all"


class _Packed(msgspec.Struct, array_like=True):
    """A mentor as they are stored; times are microseconds, ``updated`` counts from ``created``."""

    id: bytes
    name: str
    skills: tuple[str, ...]
    experience_years: int | None
    bio: str
    hourly_rate: int | float | None
    premium: bool
    languages: tuple[str, ...]
    time_zone: str
    max_sessions_per_day: int | None
    status: str
    confirmed: bool
    version: int
    created: int
    updated: int


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Packed).decode


class DynamoDBMentorDirectoryModel(DynamoDBReadModel[MentorAnswer]):
    projection: ClassVar = MentorDirectoryProjection()
    tag: ClassVar[str] = "m"
    followed: ClassVar[bool] = True

    def home(self, key: Key) -> Place:
        return Place(PARTITION, str(key))

    def told(self, steps: Sequence[Step[MentorAnswer]]) -> Collection[Place]:
        return list(dict.fromkeys(self.home(step.key) for step in steps))

    def pack(self, row: MentorAnswer) -> bytes:
        created = microseconds(row.created_at)
        return _encode(
            _Packed(
                id=compact("mentor", row.id),
                name=row.name,
                skills=row.skills,
                experience_years=row.experience_years,
                bio=row.bio,
                hourly_rate=row.hourly_rate,
                premium=row.premium,
                languages=row.languages,
                time_zone=row.time_zone,
                max_sessions_per_day=row.max_sessions_per_day,
                status=row.status,
                confirmed=row.confirmed,
                version=row.version,
                created=created,
                updated=microseconds(row.updated_at) - created,
            )
        )

    def unpack(self, key: Key, body: bytes) -> MentorAnswer:  # noqa: ARG002
        return unpacked(body)

    def row_of(self, place: Place, body: bytes) -> tuple[Key, MentorAnswer] | None:
        return (place.sk, unpacked(body)) if place.pk == PARTITION else None


def unpacked(body: bytes) -> MentorAnswer:
    packed = _decode(body)
    return MentorAnswer(
        id=spelled("mentor", packed.id),
        name=packed.name,
        skills=packed.skills,
        experience_years=packed.experience_years,
        bio=packed.bio,
        hourly_rate=packed.hourly_rate,
        premium=packed.premium,
        languages=packed.languages,
        time_zone=packed.time_zone,
        max_sessions_per_day=packed.max_sessions_per_day,
        status=packed.status,
        confirmed=packed.confirmed,
        version=packed.version,
        created_at=instant(packed.created),
        updated_at=instant(packed.created + packed.updated),
    )
