"""The requests of a mailing, made and posted: in this process, or in others beside it where there are many.

Nothing here knows the ledger. What is made has not left; what is posted was noted by whoever asks for it.
"""
