"""Appends that wait at the same time share one durable transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from mentorbooking.adapters.persistence.requests import LogUnavailable
from mentorbooking.adapters.persistence.sqlite_log.connections import is_unavailability
from mentorbooking.adapters.persistence.sqlite_log.foreign_commits import OwnHead
from mentorbooking.adapters.persistence.sqlite_log.prepared import Prepared
from mentorbooking.adapters.persistence.sqlite_log.transaction import (
    Outcome,
    admit,
    open_ledger,
    refusal_of,
    write_rows,
)


def committed(
    connection: sqlite3.Connection, own: OwnHead, group: Sequence[Prepared]
) -> Iterator[Sequence[Outcome]]:
    """Append a group over a connection that nobody else uses, and yield the outcomes in order.

    They come all at once, or one by one where something in the group can't be stored: alone,
    each gets the answer that is its own.
    """
    try:
        outcomes = _transact(connection, own, group)
    except Exception as error:  # noqa: BLE001  whatever it is, somebody waits for an answer
        if len(group) > 1 and not is_unavailability(error):
            for prepared in group:
                yield from committed(connection, own, [prepared])
        else:
            yield [_told(error) for _ in group]
    else:
        yield outcomes


def _transact(
    connection: sqlite3.Connection, own: OwnHead, group: Sequence[Prepared]
) -> list[Outcome]:
    connection.execute("BEGIN IMMEDIATE")
    found = own.position
    try:
        ledger = open_ledger(connection, group)
        found = ledger.head.position
        own.found(found)
        outcomes = [admit(connection, ledger, prepared) for prepared in group]
        write_rows(connection, ledger)
        own.published(ledger.head.position)
        connection.execute("COMMIT")
    except BaseException:
        own.taken_back(found)
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return outcomes


def _told(error: Exception) -> Exception:
    if not is_unavailability(error):
        return refusal_of(error)
    unavailable = LogUnavailable(f"the event log can't be written: {error}")
    unavailable.__cause__ = error
    return unavailable
