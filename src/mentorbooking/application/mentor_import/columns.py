"""What the columns of a file mean, as its header names them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from mentorbooking.application.mentor_import.refusals import MissingColumn
from mentorbooking.domain.mentor_import.events import FileWarning

_FIELDS_BY_NAME = {
    "email": "email",
    "name": "name",
    "fullname": "name",
    "firstname": "first_name",
    "lastname": "last_name",
    "skills": "skills",
    "teachingskills": "skills",
    "areasofexpertise": "skills",
    "expertiseareas": "skills",
    "experienceyears": "experience_years",
    "bio": "bio",
    "experiencedescription": "bio",
    "hourlyrate": "hourly_rate",
    "maxsessionsperday": "max_sessions_per_day",
    "premium": "premium",
    "ispremium": "premium",
    "languages": "languages",
    "timezone": "time_zone",
    "mobilenumber": "mobile_number",
    "status": "status",
    "externalid": "external_id",
}

_JOINED = frozenset({"skills"})
_IGNORED_IN_NAMES = re.compile(r"[\s_-]+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST_NAME = 100
_MOST_WARNINGS = 20


class Columns(msgspec.Struct, frozen=True):
    """``names`` are as in the file; ``places`` says which field stands in which columns."""

    names: tuple[str, ...]
    places: dict[str, tuple[int, ...]]
    warnings: tuple[FileWarning, ...]


def field_of(name: str) -> str | None:
    """Return the field that a column's name means, without regard to case, blanks, - and _."""
    if len(name) > _LONGEST_NAME:
        return None
    return _FIELDS_BY_NAME.get(_IGNORED_IN_NAMES.sub("", name).casefold())


def read_header(cells: Sequence[str]) -> Columns:
    """Find the fields, or raise ``MissingColumn`` naming what is missing.

    An unknown column is ignored with a warning (``unknown-column``), and so is a second column
    for a field that can have one value (``duplicate-column``). Of many, 20 are named.
    """
    names = tuple(_shown(cell) for cell in cells)
    places: dict[str, tuple[int, ...]] = {}
    warnings: list[FileWarning] = []
    for index, name in enumerate(names):
        field = field_of(name)
        if field is None:
            warnings.append(_unknown(index, name))
        elif field in places and field not in _JOINED:
            warnings.append(_duplicate(index, name, names[places[field][0]]))
        else:
            places[field] = (*places.get(field, ()), index)
    if missing := list(_missing(places)):
        raise MissingColumn(
            f"The header lacks {', '.join(missing)}; email, a name (name, or first_name and "
            "last_name) and skills are needed.",
            columns=missing,
        )
    return Columns(names, places, tuple(_first_of(warnings)))


def _missing(places: dict[str, tuple[int, ...]]) -> Iterator[str]:
    if "email" not in places:
        yield "email"
    if "name" not in places and not {"first_name", "last_name"} <= places.keys():
        yield "name"
    if "skills" not in places:
        yield "skills"


def _unknown(index: int, name: str) -> FileWarning:
    detail = f"Column {index + 1} is ignored: its name is not known."
    return FileWarning("unknown-column", detail, name)


def _duplicate(index: int, name: str, first: str) -> FileWarning:
    detail = f'Column {index + 1} is ignored: "{first}" means the same and comes first.'
    return FileWarning("duplicate-column", detail, name)


def _first_of(warnings: list[FileWarning]) -> Iterator[FileWarning]:
    yield from warnings[:_MOST_WARNINGS]
    if (more := len(warnings) - _MOST_WARNINGS) > 0:
        yield FileWarning("unknown-column", f"Other ignored columns: {more}.")


def _shown(cell: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", cell.strip())[:_LONGEST_NAME]
