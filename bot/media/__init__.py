"""Draws quote cards and cuts sound: the only room that knows Pillow and PyAV.

What comes out is bytes: the same words in the same look make the same file, because a person approves its SHA-256.
"""
