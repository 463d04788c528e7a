from __future__ import annotations

from html import escape, unescape
from string import Formatter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from bot.platforms.braces import OPENING, harmless

WORDS = st.text(st.sampled_from("{}%#|*$ a1\n<>&\"'é"), max_size=60)
# Jinja's language has the same three openings as Django's and Liquid's.
LANGUAGE = Environment(autoescape=False, keep_trailing_newline=True)  # noqa: S701 (its output goes nowhere)


@given(said=WORDS)
def test_words_arrive_word_for_word_and_are_no_tag_of_any_kind(said: str) -> None:
    made = harmless(f'<p title="{escape(said)}">{escape(said)}</p>')
    assert LANGUAGE.from_string(made).render() == made
    assert unescape(made) == f'<p title="{said}">{said}</p>'
    assert [name for _, name, _, _ in Formatter().parse(made) if name is not None] == []


@pytest.mark.parametrize(
    ("raw", "made"),
    [
        ("<style>@media print{#e1{color:red}}</style>", "<style>@media print{ #e1{color:red}}</style>"),
        ("<STYLE type='text/css'>a{b:c}</STYLE >{", "<STYLE type='text/css'>a{b:c}</STYLE >&#123;"),
        ("<!-- {{ a }} -->}", "<!-- { { a }} -->&#125;"),
        ("<!--{{%{{{#-->", "<!--{ { %{ { { #-->"),
        ("<!--[if mso]><td><![endif]-->", "<!--[if mso]><td><![endif]-->"),
        ("a <styled>{", "a <styled>&#123;"),
    ],
)
def test_style_sheets_and_comments_keep_their_braces_apart(raw: str, made: str) -> None:
    assert harmless(raw) == made
    assert OPENING.search(made) is None


@settings(max_examples=500)
@given(words=st.lists(st.sampled_from(["{", "%", "#", "<style>", "</style>", "<!--", "-->", " ", "x"])).map("".join))
def test_no_opening_is_left_whatever_the_html_is(words: str) -> None:
    assert OPENING.search(harmless(words)) is None
