"""Turns the bytes of a document into episodes. Pure: no I/O, no clock, and selectolax lives here alone."""
