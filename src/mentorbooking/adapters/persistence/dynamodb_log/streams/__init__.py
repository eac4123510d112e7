"""What the table keeps of each stream, so that loading one is one query."""
