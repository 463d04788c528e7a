"""What we say about an episode and about a week of episodes, taken from the source by named rules.

Pure: values in, values out. Every line keeps its provenance; the rules are listed in docs/digest-rules.md. May enter:
rules over text that need no network and no model. May not: markup, templates, platforms' limits, the store.
"""
