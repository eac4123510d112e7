"""The ports that the event log answers: aggregates, events, credentials, answers to requests.

``sqlite/`` and ``dynamodb/`` hold a module for each; beside them is what both need.
"""
