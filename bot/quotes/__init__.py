"""Picks quotable lines out of a transcript and proves that every quoted word was said there.

Pure: values in, values out. No file but the shipped weights is read (`bot.quotes.weights`), nothing is looked up, and
nothing here ever writes a word that nobody said.
"""
