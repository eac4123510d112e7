"""AggregateStore, EventLog, Credentials and AnsweredRequests on the log in SQLite."""
