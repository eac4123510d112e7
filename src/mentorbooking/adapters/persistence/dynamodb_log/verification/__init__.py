"""Proof that nobody has edited the log, nor what is kept of streams beside it."""
