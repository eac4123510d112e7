"""Lanes, the one order that cuts put them in, and reading it."""
