"""Prepares what editors will see: digests and quotes of new episodes, posts for the channels, the running edition.

Reads the store, thinks with the pure floors, writes drafts. Sends nothing, approves nothing. Doing it again changes
nothing, unless a source changed; an editor's own words are kept through every new reading.
"""
