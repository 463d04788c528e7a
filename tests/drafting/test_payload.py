"""What was approved is bytes: the same content always freezes to the same bytes, and comes back as it was."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.drafting.payload import fingerprint, freeze, thaw
from bot.model.provenance import EpisodeRef
from bot.model.publication import Card, Mail, MediaKind, Medium, Part, Post, PostRef, QuotedSpan

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
media = st.lists(
    st.builds(
        Medium,
        kind=st.sampled_from(MediaKind),
        mime=st.text(),
        sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
        size=st.integers(0, 10**9),
        alt=st.text(),
        width=st.none() | st.integers(1, 9999),
        duration=st.none() | st.floats(0, 9999),
        says=st.lists(st.text(), max_size=1).map(tuple),
    ),
    max_size=2,
).map(tuple)
posts = st.builds(
    Post,
    text=st.text(),
    link=st.none() | st.text(),
    language=st.none() | st.text(),
    quotes=st.lists(spans, max_size=2).map(tuple),
    episodes=refs,
    media=media,
    parts=st.lists(st.builds(Part, text=st.text(), media=media), max_size=2).map(tuple),
    warning=st.none() | st.text(),
    card=st.none()
    | st.builds(Card, title=st.text(), description=st.text(), image=media.map(lambda some: some[0] if some else None)),
    quoting=st.none() | st.builds(PostRef, remote_id=st.text(), memo=st.text()),
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
    newsletter=st.text(),
    promises=st.lists(st.tuples(st.text(), st.text()), max_size=2).map(tuple),
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


def test_a_plain_post_freezes_as_it_did_before_posts_had_media_and_parts() -> None:
    """Hashes that were approved stay what they are."""
    post = Post("Hello", None, "en", (), (EpisodeRef(1, 1),))
    assert freeze(post) == (
        b'{"episodes":[{"episode":1,"revision":1}],"language":"en","link":null,"quotes":[],"text":"Hello"}'
    )


def test_the_texts_of_a_thread_are_posts_of_their_own() -> None:
    picture = Medium(MediaKind.IMAGE, "image/png", "0" * 64, 1, "a picture")
    post = Post(
        "One", "https://pod.example/1", "en", (), (), parts=(Part("Two", (picture,)),), card=Card("T"), warning="food"
    )
    first, second = post.whole
    assert (first.text, first.link, first.media, first.parts) == ("One", "https://pod.example/1", (), ())
    assert (second.text, second.link, second.card, second.media) == ("Two", None, None, (picture,))
    assert second.warning == "food"
    assert post.words == "food\n\nOne\n\nTwo\n\na picture\n\nT"
