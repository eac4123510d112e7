"""The event log on DynamoDB as a persistence module of the eventsourcing library.

``PERSISTENCE_MODULE=mentorbooking.adapters.persistence.dynamodb`` makes the library use it: it
looks here for exactly one factory. The program itself uses ``dynamodb_log.log.DynamoDBLog``.
"""

from mentorbooking.adapters.persistence.dynamodb.factory import DynamoDBEventStoreFactory

__all__ = ["DynamoDBEventStoreFactory"]
