"""Places in a JSON document: how each is decoded, cleaned, and taken apart when it is refused.

``place_of`` makes them from a type, once; what they find wrong is added to a list of errors.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from urllib.parse import quote

import msgspec

from mentorbooking.domain.kernel.errors import FieldError
from mentorbooking.domain.kernel.unacceptable import Unacceptable
from mentorbooking.entrypoints.decoding.wording import code_and_detail

MOST_ERRORS = 500
"""So many are told of one request: more help nobody, and would be work that anybody can ask for."""


class EnoughErrors(Exception):
    """So many errors were found that looking for more is no use."""


def add_error(errors: list[FieldError], error: FieldError) -> None:
    """Add an error, or raise ``EnoughErrors`` behind the last one that is told."""
    if len(errors) >= MOST_ERRORS:
        raise EnoughErrors
    errors.append(error)


def arms_of(annotation: Any) -> tuple[Any, ...]:
    """Return what a type may be, leaving out that it may be null or absent."""
    if get_origin(annotation) in (Union, UnionType):
        arms = (arm for union in get_args(annotation) for arm in arms_of(union))
        return tuple(arm for arm in arms if arm not in (NoneType, msgspec.UnsetType))
    return (annotation,)


def plain(annotation: Any) -> Any:
    """Return a type without what it carries."""
    return annotation.__origin__ if get_origin(annotation) is Annotated else annotation


def metas_of(annotation: Any) -> list[msgspec.Meta]:
    """Return what a type carries."""
    if get_origin(annotation) is not Annotated:
        return []
    return [meta for meta in annotation.__metadata__ if isinstance(meta, msgspec.Meta)]


class Place:
    """A place without rules, and without places below it."""

    has_rules = False

    def __init__(self, annotation: Any) -> None:
        self._decoder = msgspec.json.Decoder[Any](annotation)
        self._allowed = [name for arm in arms_of(annotation) for name in _choices(arm)]

    def clean(self, value: Any, _pointer: str, _errors: list[FieldError]) -> Any:
        """Return the value as it is kept; what its rules refuse is added to the errors."""
        return value

    def explain(self, raw: msgspec.Raw, pointer: str, errors: list[FieldError]) -> None:
        """Add everything that is wrong at and below this place."""
        try:
            value = self._decoder.decode(raw)
        except msgspec.ValidationError as refusal:
            self.take_apart(raw, pointer, errors, refusal)
        else:
            if value is not None:
                self.clean(value, pointer, errors)

    def take_apart(
        self,
        _raw: msgspec.Raw,
        pointer: str,
        errors: list[FieldError],
        refusal: msgspec.ValidationError,
    ) -> None:
        """Add what is wrong with something that msgspec refused."""
        add_error(errors, FieldError(pointer, *code_and_detail(refusal, self._allowed)))


class RuledPlace(Place):
    """A place with a rule, which is asked once everything inside is as it should be."""

    has_rules = True

    def __init__(self, annotation: Any, inner: Place, rule: Callable[[Any], Any]) -> None:
        super().__init__(annotation)
        self._inner = inner
        self._rule = rule

    def clean(self, value: Any, pointer: str, errors: list[FieldError]) -> Any:
        before = len(errors)
        kept = self._inner.clean(value, pointer, errors)
        if len(errors) == before:
            try:
                return self._rule(kept)
            except Unacceptable as refusal:
                add_error(errors, FieldError(pointer, refusal.code, refusal.detail))
        return kept

    def take_apart(
        self,
        raw: msgspec.Raw,
        pointer: str,
        errors: list[FieldError],
        refusal: msgspec.ValidationError,
    ) -> None:
        self._inner.take_apart(raw, pointer, errors, refusal)


class ObjectPlace(Place):
    """A struct: its fields are the places below."""

    def __init__(self, annotation: Any, kind: type[msgspec.Struct]) -> None:
        super().__init__(annotation)
        self._forbids_unknown = kind.__struct_config__.forbid_unknown_fields
        fields = [(field, place_of(field.type)) for field in msgspec.structs.fields(kind)]
        self._members = {field.encode_name: (field.required, place) for field, place in fields}
        self._ruled = [
            (field.name, f"/{field.encode_name}", place)
            for field, place in fields
            if place.has_rules
        ]
        self.has_rules = bool(self._ruled)

    def clean(self, value: Any, pointer: str, errors: list[FieldError]) -> Any:
        for name, step, place in self._ruled:
            found = getattr(value, name)
            if found is None or found is msgspec.UNSET:
                continue
            kept = place.clean(found, pointer + step, errors)
            if kept is not found:
                msgspec.structs.force_setattr(value, name, kept)
        return value

    def take_apart(
        self,
        raw: msgspec.Raw,
        pointer: str,
        errors: list[FieldError],
        refusal: msgspec.ValidationError,
    ) -> None:
        try:
            members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        except msgspec.ValidationError:
            super().take_apart(raw, pointer, errors, refusal)
            return
        for name, (required, place) in self._members.items():
            if name in members:
                place.explain(members[name], f"{pointer}/{name}", errors)
            elif required:
                add_error(errors, FieldError(f"{pointer}/{name}", "missing-value", "Required."))
        if self._forbids_unknown:
            for name in members:
                if name not in self._members:
                    where = f"{pointer}/{step_of(name)}"
                    add_error(errors, FieldError(where, "unknown-field", "There is no such field."))


class ListPlace(Place):
    """A list, tuple or set: each item is a place below, unless there are too many."""

    def __init__(self, annotation: Any, item: Any, longest: int | None) -> None:
        super().__init__(annotation)
        self._item = place_of(item)
        self._longest = longest
        self.has_rules = self._item.has_rules

    def clean(self, value: Any, pointer: str, errors: list[FieldError]) -> Any:
        if not self.has_rules:
            return value
        return type(value)(
            [self._item.clean(item, f"{pointer}/{n}", errors) for n, item in enumerate(value)]
        )

    def take_apart(
        self,
        raw: msgspec.Raw,
        pointer: str,
        errors: list[FieldError],
        refusal: msgspec.ValidationError,
    ) -> None:
        before = len(errors)
        try:
            items = msgspec.json.decode(raw, type=list[msgspec.Raw])
        except msgspec.ValidationError:
            items = []
        if self._longest is not None and len(items) > self._longest:
            detail = f"At most {self._longest} items."
            add_error(errors, FieldError(pointer, "too-many-items", detail))
            return
        for n, item in enumerate(items):
            self._item.explain(item, f"{pointer}/{n}", errors)
        if len(errors) == before:
            super().take_apart(raw, pointer, errors, refusal)


def place_of(annotation: Any) -> Place:
    """Make the place that holds values of a type."""
    arms = arms_of(annotation)
    if len(arms) > 1:
        return Place(annotation)
    kind, metas = plain(arms[0]), metas_of(arms[0])
    inner = _place_of_kind(annotation, kind, metas)
    for meta in metas:
        if meta.extra and "rule" in meta.extra:
            inner = RuledPlace(annotation, inner, meta.extra["rule"])
    return inner


def _place_of_kind(annotation: Any, kind: Any, metas: list[msgspec.Meta]) -> Place:
    if get_origin(kind) in (list, set, frozenset) or get_args(kind)[1:] == (...,):
        longest = (meta.max_length for meta in metas if meta.max_length is not None)
        return ListPlace(annotation, get_args(kind)[0], next(longest, None))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return ObjectPlace(annotation, kind)
    return Place(annotation)


def _choices(annotation: Any) -> list[str]:
    kind = plain(annotation)
    if get_origin(kind) is Literal:
        return [str(choice) for choice in get_args(kind)]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [str(member.value) for member in kind]
    return []


def step_of(name: str) -> str:
    """Write a member's name as a step of a JSON Pointer in a URI fragment (RFC 6901, 6)."""
    return quote(name[:100].replace("~", "~0").replace("/", "~1"), safe="~!$&'()*+,;=:@")
