"""Servers on this machine that speak as AWS does: for the tests and for `./mb aws-local`."""
