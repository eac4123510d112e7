"""The event log on SQLite; ``sqlite``, beside it, is what the eventsourcing library knows of it."""
