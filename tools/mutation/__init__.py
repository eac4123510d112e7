"""``./mb mutate``: does a test notice, if one line of the domain or the application is wrong?"""
