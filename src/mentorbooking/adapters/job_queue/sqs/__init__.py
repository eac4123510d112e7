"""The JobQueue port on AWS: a record in the work table is the truth, and SQS wakes who does it."""
