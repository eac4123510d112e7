"""The Messages port on the work table."""
