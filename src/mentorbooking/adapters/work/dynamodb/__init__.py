"""The work table, and the ports that keep their state in it."""
