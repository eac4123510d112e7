"""Appending: putting events in order, and one transaction that takes them in or not."""
