"""The work file, ``work.db``, and the ports that keep their state in it."""
