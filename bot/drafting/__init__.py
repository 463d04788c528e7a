"""From what we say about episodes to what a channel will show: posts that fit, editors' edits, frozen payloads.

Pure: a template is a function that is handed in, limits are values, and nothing knows where a draft is stored.
"""
