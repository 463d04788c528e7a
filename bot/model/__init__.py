"""The nouns of Pullquote as frozen values, and the states they may be in.

Only plain data and rules about that data may enter: no I/O, no clock, no randomness, no library beyond the
standard one. Everything else in the house imports from here; nothing here imports from elsewhere but `errors`.
"""
