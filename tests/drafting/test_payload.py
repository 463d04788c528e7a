"""What was approved is bytes: the same content always freezes to the same bytes, and comes back as it was."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.drafting.payload import fingerprint, freeze, thaw
from bot.model.provenance import EpisodeRef
from bot.model.publication import Mail, Post, QuotedSpan

spans = st.builds(
    QuotedSpan,
    ref=st.builds(EpisodeRef, episode=st.integers(1, 99), revision=st.integers(1, 9)),
    begin=st.integers(0, 50),
    stop=st.integers(51, 90),
    text=st.text(),
    speaker=st.none() | st.text(),
    trims=st.lists(st.text(), max_size=2).map(tuple),
)
refs = st.lists(st.builds(EpisodeRef, episode=st.integers(1, 99), revision=st.integers(1, 9)), max_size=3).map(tuple)
posts = st.builds(
    Post,
    text=st.text(),
    link=st.none() | st.text(),
    language=st.none() | st.text(),
    quotes=st.lists(spans, max_size=2).map(tuple),
    episodes=refs,
)
mails = st.builds(
    Mail,
    sender=st.text(),
    subject=st.text(),
    preheader=st.text(),
    html=st.text(),
    text=st.text(),
    language=st.none() | st.text(),
    quotes=st.lists(spans, max_size=2).map(tuple),
    episodes=refs,
)


@given(posts | mails)
def test_what_is_frozen_thaws_to_the_same(publication: Post | Mail) -> None:
    payload = freeze(publication)
    assert thaw(payload) == publication
    assert freeze(thaw(payload)) == payload


@given(posts, st.text())
def test_another_text_has_another_fingerprint(post: Post, other: str) -> None:
    changed = replace(post, text=other)
    assert (fingerprint(freeze(post)) == fingerprint(freeze(changed))) == (post == changed)
