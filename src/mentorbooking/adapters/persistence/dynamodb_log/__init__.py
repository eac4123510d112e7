"""The event log on DynamoDB; ``dynamodb``, beside it, is how the eventsourcing library sees it.

``log`` is the log on an event loop, ``sync_log`` in threads; what both do stands in ``core``.
"""
