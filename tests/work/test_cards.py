"""Posts with their cards: drafted, approved with the picture's hash, changed by an editor, and never lost to a card."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image

from bot import review
from bot.drafting.payload import freeze
from bot.errors import FalseQuote, Refused, StaleDraft
from bot.house import House
from bot.model.publication import Kind, Medium, Post
from bot.model.states import DraftState
from bot.prepare import cards
from bot.prepare.cards import Quoted
from bot.store import drafts, episodes, media
from bot.store.drafts import Draft
from tests.work.desk import BENCH, POT, TUESDAY, all_drafts, approve_now, content, history, lay, sent, with_config, work

INSTAGRAM = '\n[channels.insta]\nplatform = "instagram"\ntoken_env = "INSTAGRAM_TOKEN"\nposts = ["quote"]\n'
BLUESKY = (
    '\n[channels.sky]\nplatform = "bluesky"\nhandle = "pot.example"\npassword_env = "BLUESKY_PASSWORD"\n'
    'posts = ["quote"]\ncards = "link"\n'
)


def having(house: House, more: str, *, instead: Callable[[str], str] = str, seed: str = POT) -> House:
    """The house with more in its configuration, and an episode that was worked on."""
    made = with_config(house, lambda text: instead(text) + more)
    lay(made, seed)
    work(made)
    return made


def always(text: str) -> str:
    return text.replace('slots = ["12:00"]', 'slots = ["12:00"]\ncards = "always"')


def of(house: House, channel: str) -> Draft:
    return next(each for each in all_drafts(house) if each.channel == channel and each.kind is Kind.QUOTE_POST)


def post_of(house: House, of: Draft) -> Post:
    found = content(house, of)
    assert isinstance(found, Post)
    return found


def picture(house: House, medium: Medium) -> Image.Image:
    with house.store.read() as db:
        return Image.open(io.BytesIO(media.content(db, medium.sha256)))


def test_a_quote_can_go_to_instagram_because_it_bears_a_card(house: House) -> None:
    house = having(house, INSTAGRAM)
    post = post_of(house, of(house, "insta"))
    (card,) = post.media
    (quote,) = post.quotes
    assert (card.mime, card.width, card.height, card.says) == ("image/jpeg", 1080, 1080, (quote.text,))
    assert card.alt.startswith(f"“{quote.text}” The Unhurried Pot, ")
    assert picture(house, card).size == (1080, 1080)
    assert approve_now(house, of(house, "insta")).state is DraftState.SCHEDULED
    # Where a picture is not needed, none is drawn unasked.
    assert not post_of(house, of(house, "posts")).borne


def test_a_card_goes_out_with_its_post_byte_for_byte(house: House) -> None:
    house = having(house, "", instead=always)
    post = post_of(house, of(house, "posts"))
    approve_now(house, of(house, "posts"))
    work(house)
    (name,) = [each for each in sent(house) if "quote" in each]
    (file,) = (house.data / "outbox" / "posts" / name).glob("*.png")
    with house.store.read() as db:
        assert file.read_bytes() == media.content(db, post.media[0].sha256)


def test_the_picture_of_a_link_card_is_ours_where_we_make_the_card(house: House) -> None:
    house = having(house, BLUESKY, seed=BENCH)
    post = post_of(house, of(house, "sky"))
    assert post.card is not None
    assert post.card.image is not None
    assert (post.card.image.width, post.card.image.height, post.media) == (1200, 630, ())
    assert post.card.title
    assert approve_now(house, of(house, "sky")).state is DraftState.SCHEDULED


def test_another_quote_makes_another_card_and_an_edited_text_keeps_its_own(house: House) -> None:
    house = having(house, "", instead=always)
    drawn = of(house, "posts")
    before = post_of(house, drawn)
    with house.store.read() as db:
        digest = episodes.digest(db, before.quotes[0].ref.episode)
    assert digest is not None
    other = next(each for each in digest.quotes if each.text != before.quotes[0].text)
    edited = review.edit(house, drawn.id, {"text": "Listen to this."}, actor="eve", now=TUESDAY)
    kept = post_of(house, edited)
    assert (kept.media, kept.quotes) == (before.media, before.quotes)
    taken = review.take_quote(
        house, drawn.id, begin=other.begin, stop=other.stop, seen=2, actor="eve", now=TUESDAY, give_up_words=True
    )
    after = post_of(house, taken)
    assert after.media[0].says == (other.text,)
    assert after.media[0].sha256 != before.media[0].sha256
    assert other.text in after.media[0].alt


def test_an_editor_chooses_size_and_alt_text_and_each_is_a_new_revision(house: House) -> None:
    house = having(house, "", instead=always)
    number = of(house, "posts").id
    approve_now(house, of(house, "posts"))
    review.edit(house, number, {"alt": "Said over a pot of onions."}, actor="eve", now=TUESDAY)
    tall = review.choose_card(house, number, "portrait", seen=2, actor="eve", now=TUESDAY)
    (card,) = post_of(house, tall).media
    assert (tall.state, tall.revision, card.height, card.alt) == (
        DraftState.IN_REVIEW,
        3,
        1350,
        "Said over a pot of onions.",
    )
    with pytest.raises(Refused, match="needs an alt text"):
        review.edit(house, number, {"alt": "  "}, actor="eve", now=TUESDAY)
    with pytest.raises(FalseQuote, match="no transcript of this draft holds these words"):
        review.edit(house, number, {"alt": "“I never cooked an onion in my life.”"}, actor="eve", now=TUESDAY)
    with pytest.raises(StaleDraft):
        review.choose_card(house, number, "none", seen=1, actor="eve", now=TUESDAY)
    with pytest.raises(Refused, match="no link card of ours"):
        review.choose_card(house, number, "link", seen=3, actor="eve", now=TUESDAY)
    with pytest.raises(Refused, match="no card 'huge'"):
        review.choose_card(house, number, "huge", seen=3, actor="eve", now=TUESDAY)
    assert not post_of(house, review.choose_card(house, number, "none", seen=3, actor="eve", now=TUESDAY)).borne


def test_what_stands_on_a_card_is_held_against_the_transcript_at_every_step(house: House) -> None:
    house = having(house, "", instead=always)
    found = of(house, "posts")
    post = post_of(house, found)
    forged = replace(post, media=(replace(post.media[0], says=("Stir as often as you can.",), alt="A card."),))
    with house.store.write() as db:
        drafts.revise(db, found, payload=freeze(forged), basis="", title="T", actor="eve", at=TUESDAY, note="forged")
    with pytest.raises(FalseQuote, match=r"bears “Stir as often as you can\.”, which is no quotation of the post"):
        approve_now(house, found)


def test_a_card_that_cannot_be_drawn_loses_no_post(house: House) -> None:
    artwork = '\n[cards.artwork]\n"The Unhurried Pot" = "art/pot.png"\n'
    house = having(house, INSTAGRAM + artwork, instead=always)
    why = "No card was made: The artwork art/pot.png of “The Unhurried Pot” cannot be read"
    free, bound = of(house, "posts"), of(house, "insta")
    assert (free.state, post_of(house, free).borne) == (DraftState.IN_REVIEW, ())
    assert any(why in each for each in history(house, f"draft:{free.id}"))
    assert bound.state is DraftState.HELD
    assert bound.held_reason.startswith(why)
    (house.loaded.home / "art").mkdir()
    Image.new("RGB", (300, 300), "#1144aa").save(house.loaded.home / "art" / "pot.png")
    review.choose_card(house, bound.id, "square", seen=1, actor="eve", now=TUESDAY)
    assert review.reopen(house, bound.id, actor="eve", now=TUESDAY).state is DraftState.IN_REVIEW
    assert approve_now(house, bound).state is DraftState.SCHEDULED


def test_the_same_card_of_several_channels_is_drawn_once(house: House) -> None:
    more = INSTAGRAM + INSTAGRAM.replace("insta]", "insta-too]").replace("INSTAGRAM_TOKEN", "OTHER_TOKEN")
    house = having(house, more)
    post = post_of(house, of(house, "insta"))
    quoted = Quoted("The Unhurried Pot", None)
    (mine,), (other,) = (cards.dressed(house, name, post, quoted).files for name in ("insta", "insta-too"))
    assert mine is other
    (unlike,) = cards.dressed(house, "insta-too", post, Quoted("Another Show", None)).files
    assert unlike.content != mine.content
