"""Keep an uploaded file of mentors and ask for its import."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass

import msgspec

from mentorbooking.application.answers.mentor_import import (
    MentorImportAnswer,
    mentor_import_answer,
)
from mentorbooking.application.files.storage_keys import import_key
from mentorbooking.application.mentor_import.upload import check_upload
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.ports.object_storage import ObjectStorage
from mentorbooking.application.principal import Principal
from mentorbooking.domain.mentor_import.mentor_import import MentorImport


class RequestImport(msgspec.Struct, frozen=True, kw_only=True):
    """``content`` gives the file from its start, each time it is called."""

    caller: Principal
    file_name: str
    content: Callable[[], Iterable[bytes]]
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class RequestImportHandler:
    aggregates: AggregateStore
    storage: ObjectStorage
    clock: Clock
    ids: Ids

    async def __call__(self, command: RequestImport) -> MentorImportAnswer:
        upload = await asyncio.to_thread(check_upload, command.content())
        now = self.clock.now()
        import_id = self.ids.new("import")
        key = import_key(import_id, now)
        await self.storage.put(key, _chunks(command.content()))
        decision = MentorImport.request(
            import_id,
            object_key=key,
            file_name=command.file_name,
            sha256=upload.sha256,
            size_bytes=upload.bytes,
            dry_run=command.dry_run,
            requested_by=command.caller.user_id,
            now=now,
        )
        answer = mentor_import_answer(decision.outcome())
        await self.aggregates.save(decision, answer=answer)
        return answer


async def _chunks(content: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in content:
        yield chunk
