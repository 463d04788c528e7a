"""A process of our own for work that may take too long or too much: how it is started, limited, asked and ended.

What it works at stands with whoever starts it. It knows no library and nothing of podcasts.
"""
