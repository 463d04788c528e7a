"""Pullquote: the publishing desk for podcasts."""

__version__ = "0.1.0"
