"""What of an edition stands within a service's own mail, and what such a service reads in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.model.publication import Mail
from bot.platforms.frames import as_read, content_of

PAGE = """<!doctype html><html><head><title>T</title><style>p{}</style><STYLE media="print">a{}</STYLE ></head>
<body class="x">
<div lang="en" style="display:none;font-size:1px">Before you read&#847;&zwnj;&nbsp;</div>
<div style="display:none">kept</div><p>Ünï &amp; co</p>
</body></html>"""
KEPT = '<div style="display:none">kept</div><p>Ünï &amp; co</p>'


def test_the_body_is_kept_without_our_preheader_and_the_styles_on_demand() -> None:
    assert content_of(PAGE, styles=False) == KEPT
    assert content_of(PAGE, styles=True) == f'<style>p{{}}</style>\n<STYLE media="print">a{{}}</STYLE >\n{KEPT}'


def test_only_a_hidden_block_at_the_very_beginning_is_a_preheader() -> None:
    page = '<body><p>One</p><div style="display:none">Two</div></body>'
    assert content_of(page, styles=False) == '<p>One</p><div style="display:none">Two</div>'


@given(text=st.text(alphabet="<>ab/ ody\n", max_size=40))
def test_what_is_no_whole_document_stays_as_it_is(text: str) -> None:
    if "<body" not in text:
        assert content_of(text, styles=True) == text


def test_entities_are_read_as_the_characters_that_they_are() -> None:
    mail = Mail("a@b.example", "{", "{", "&#123;&lbrace;x&#x7D;", "&#123;", None, (), ())
    assert as_read(mail).html == "{{x}"
    assert as_read(mail).text == "&#123;"
