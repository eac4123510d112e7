"""The event log on DynamoDB as a persistence module of the eventsourcing library.

``PERSISTENCE_MODULE=mentorbooking.adapters.persistence.dynamodb`` makes the library use it: it
looks here for exactly one factory. The program itself uses ``dynamodb_log.log.DynamoLog``.
"""

from mentorbooking.adapters.persistence.dynamodb.factory import DynamoEventStoreFactory

__all__ = ["DynamoEventStoreFactory"]
