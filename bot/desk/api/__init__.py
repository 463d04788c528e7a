"""The HTTP API: what the desk's pages do, as JSON under /api/v1, for programs that bring a token.

Every operation is a function in `drafts`, `quotes`, `deliveries` or `standing`: what it takes and gives stands in its
types, what it is for in its docstring. The requests are checked by these, and the description is made of them.
"""
