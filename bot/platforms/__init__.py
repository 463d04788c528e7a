"""Where publications go: one file for each service, social and mail alike.

A platform is handed what it needs (its settings, the bytes, an `http` to use) and knows nothing else: no store, no
config, no clock, no template, no other platform. Adding one is one file and one line in `registry`.
"""
