"""``./mb torture``: the tests of our promises, for hours instead of a moment."""
