"""Decides about feeds: when to ask again, what an answer means, and which items are new.

Pure: a standing, an answer and the time come in, a new standing and a list of findings come out. Nothing here fetches,
stores or reads a clock. The facts behind the numbers are in docs/decisions/polling.md.
"""
