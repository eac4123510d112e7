"""The ports of work beside the log: followers' positions, leases, what was asked of projectors.

``sqlite/`` keeps it in the work file, ``dynamodb/`` in the work table. Jobs and messages, which
stand there too, are in ``job_queue`` and ``messages``.
"""
