"""Quotes that are heard: cut from the file beside the page, only where the second is known or an editor wants it."""

from __future__ import annotations

import io
import json
from datetime import datetime
from pathlib import Path

import av
import pytest

from bot import review
from bot.clock import one_pass
from bot.errors import Awaited, Refused
from bot.house import House
from bot.media.card import Drawn
from bot.media.ranged import Elsewhere
from bot.media.workshop_child import Wanted
from bot.model.publication import Kind, MediaKind
from bot.model.states import DeliveryState, DraftState
from bot.prepare.cutting import make_clips
from bot.quotes.stretch import Edge
from bot.store import clips, media
from tests.media.test_sound import recording
from tests.work.desk import (
    HOUR,
    MINUTE,
    POT,
    TUESDAY,
    all_drafts,
    approve_now,
    delivery,
    hash_of,
    history,
    lay,
    with_config,
    work,
)
from tests.work.test_cards import of, post_of


@pytest.fixture
def heard(house: House) -> House:
    """A house whose posts bear audiograms, and an episode with its recording beside the page."""
    made = with_config(house, lambda text: text.replace('slots = ["12:00"]', 'slots = ["12:00"]\nclips = "video"'))
    recording(Path(made.loaded.home, "inbox", POT).with_suffix(".wav"), rate=8_000, silence=600)
    lay(made, POT)
    work(made)
    return made


def test_a_clip_is_cut_where_the_second_is_known_or_an_editor_wants_it(heard: House) -> None:
    found = of(heard, "posts")
    before = post_of(heard, found)
    (quote,) = before.quotes
    assert not before.media
    assert any("the transcript gives its seconds only about" in each for each in history(heard, f"draft:{found.id}"))
    with pytest.raises(Refused, match="ask for the clip at the desk nevertheless"):
        review.choose_card(heard, found.id, "audio", seen=1, actor="eve", now=TUESDAY)
    made = review.choose_card(heard, found.id, "audio", seen=1, actor="eve", now=TUESDAY, approximately=True)
    (sound,) = post_of(heard, made).media
    assert (sound.kind, sound.mime, sound.says) == (MediaKind.AUDIO, "audio/mp4", (quote.text,))
    assert sound.alt.startswith(f"“{quote.text}”")
    with heard.store.read() as db, av.open(io.BytesIO(media.content(db, sound.sha256))) as file:
        assert sound.duration == pytest.approx((file.duration or 0) / 1_000_000, abs=0.05)
    assert approve_now(heard, made).state is DraftState.SCHEDULED
    # Another quote is another sound, which nobody has asked for yet.
    moved = review.stretch_quote(heard, found.id, Edge.END_LATER, seen=2, actor="eve", now=TUESDAY)
    assert post_of(heard, moved).media == ()


def test_without_a_recording_a_post_keeps_its_card(house: House) -> None:
    settings = 'slots = ["12:00"]\ncards = "always"\nclips = "video"'
    house = with_config(house, lambda text: text.replace('slots = ["12:00"]', settings))
    lay(house, POT)
    work(house)
    found = of(house, "posts")
    assert post_of(house, found).media[0].kind is MediaKind.IMAGE
    assert found.state is DraftState.IN_REVIEW
    assert any(each.startswith("no clip: No clip was made:") for each in history(house, f"draft:{found.id}"))


SAID = [
    "We sold the second van in March.",
    "The moment you stop counting the hours is the moment the work begins to pay you back.",
    "It was raining when we got there.",
    "Nobody ever regretted the apology they made a day too early.",
    "So we had coffee and went home.",
    "If you want to know what a shop believes, look at what it throws away.",
]


def shop(house: House, more: str = 'clips = "audio"', *, beside: bool = True) -> House:
    """A house with an episode every line of whose transcript bears its own times to the millisecond."""
    house = with_config(house, lambda text: text.replace('slots = ["12:00"]', f'slots = ["12:00"]\n{more}'))
    cues = [
        f"00:00:{n * 3:02}.250 --> 00:00:{n * 3 + 2:02}.900\n<v Ada Ruiz>{line}\n" for n, line in enumerate(SAID * 3)
    ]
    Path(house.loaded.home, "inbox", "shop.vtt").write_text("WEBVTT\n\n" + "\n".join(cues), encoding="utf-8")
    if beside:
        recording(Path(house.loaded.home, "inbox", "shop.wav"), rate=8_000, silence=60)
    return house


def a_pass(house: House, now: datetime = TUESDAY) -> None:
    """A pass of the worker, beside which clips are made."""
    one_pass(house, clock=lambda: now, polling=False)


def test_a_transcript_with_exact_times_needs_nobody_to_ask(house: House) -> None:
    house = shop(house)
    a_pass(house)
    found = of(house, "posts")
    assert post_of(house, found).media == ()
    with pytest.raises(Awaited, match="waits for its clip, which is being made"):
        approve_now(house, found)
    assert make_clips(house, lambda: TUESDAY) == 1
    post = post_of(house, of(house, "posts"))
    (sound,) = post.media
    assert (sound.kind, sound.says) == (MediaKind.AUDIO, (post.quotes[0].text,))
    assert sound.duration == pytest.approx(2.9, abs=0.4)
    assert approve_now(house, found).state is DraftState.SCHEDULED
    assert make_clips(house, lambda: TUESDAY) == 0


def test_a_clip_that_comes_after_the_approval_changes_nothing(house: House) -> None:
    house = shop(house, 'clips = "audio"\ncards = "always"\nbefore_clip = "go"')
    a_pass(house)
    found = of(house, "posts")
    approve_now(house, found)
    before = hash_of(house, found)
    make_clips(house, lambda: TUESDAY)
    after = of(house, "posts")
    assert (after.state, after.revision, hash_of(house, after)) == (DraftState.SCHEDULED, 1, before)
    assert any("approved before its clip was made" in each for each in history(house, f"draft:{found.id}"))
    a_pass(house)
    assert delivery(house, found).state is DeliveryState.ACCEPTED


def test_an_approval_while_its_clip_is_being_made_stands(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house = shop(house, 'clips = "audio"\ncards = "always"\nbefore_clip = "go"')
    a_pass(house)
    found = of(house, "posts")
    make = house.workshop.make

    def meanwhile(source: Path | Elsewhere, wanted: Wanted) -> Drawn:
        approve_now(house, found)
        return make(source, wanted)

    monkeypatch.setattr(house.workshop, "make", meanwhile)
    assert make_clips(house, lambda: TUESDAY) == 0
    assert (of(house, "posts").state, of(house, "posts").revision) == (DraftState.SCHEDULED, 1)


def test_what_an_editor_wrote_or_chose_meanwhile_stays(house: House) -> None:
    house = shop(house, 'clips = "audio"\ncards = "always"\nquotes_per_episode = 2')
    a_pass(house)
    first, second = [each for each in all_drafts(house) if each.kind is Kind.QUOTE_POST]
    review.edit(house, first.id, {"text": "Listen to this.", "alt": "A voice."}, actor="eve", now=TUESDAY)
    review.choose_card(house, second.id, "portrait", seen=1, actor="eve", now=TUESDAY)
    assert approve_now(house, second).state is DraftState.SCHEDULED
    assert make_clips(house, lambda: TUESDAY) == 1
    edited = post_of(house, first)
    assert (edited.text, edited.media[0].kind, edited.media[0].alt) == ("Listen to this.", MediaKind.AUDIO, "A voice.")
    assert post_of(house, second).media[0].kind is MediaKind.IMAGE


def test_a_recording_that_is_none_costs_the_clip_and_never_the_post(house: House) -> None:
    house = shop(house, 'clips = "video"\ncards = "always"\napproval = "auto"\nveto = "0s"')
    Path(house.loaded.home, "inbox", "shop.wav").write_bytes(b"<p>Log in to listen.")
    a_pass(house)
    found = of(house, "posts")
    # By itself it is not approved either while its clip is being made.
    assert found.state is DraftState.IN_REVIEW
    assert make_clips(house, lambda: TUESDAY) == 0
    assert post_of(house, found).media[0].kind is MediaKind.IMAGE
    told = history(house, f"draft:{found.id}")
    assert any("No clip was made: the sound of this episode cannot be read: Invalid data" in each for each in told)
    a_pass(house)
    assert of(house, "posts").state in (DraftState.SCHEDULED, DraftState.PUBLISHED)


def test_an_address_that_gives_nothing_is_asked_again_later_and_then_given_up(house: House) -> None:
    """Nothing listens at this address."""
    house = shop(house, 'cards = "always"\nclips = "audio"', beside=False)
    house = with_config(house, lambda text: text + '\n[fetch]\nallow = ["127.0.0.1:9"]\n')
    page = Path(house.loaded.home, "inbox", "shop.vtt")
    page.unlink()
    lines = [
        {"start": n * 3 + 0.25, "end": n * 3 + 2.9, "speaker": "Ada Ruiz", "text": line}
        for n, line in enumerate(SAID * 3)
    ]
    said = {"title": "A shop", "show": "Shops", "audio": {"url": "http://127.0.0.1:9/a.mp3"}, "transcript": lines}
    page.with_suffix(".json").write_text(json.dumps(said), encoding="utf-8")
    a_pass(house)
    found = of(house, "posts")
    for after in (0, 11, 32):
        with house.store.read() as db:
            assert clips.of(db, found.id) is not None
        make_clips(house, lambda after=after: TUESDAY + after * MINUTE)  # type: ignore[misc]
    with house.store.read() as db:
        assert clips.of(db, found.id) is None
    assert any("the audio could not be read" in each for each in history(house, f"draft:{found.id}"))
    assert approve_now(house, found).state is DraftState.SCHEDULED


def test_a_new_reading_keeps_the_clip_that_says_the_same_and_makes_it_anew(house: House) -> None:
    house = shop(house)
    a_pass(house)
    make_clips(house, lambda: TUESDAY)
    before = post_of(house, of(house, "posts"))
    path = Path(house.loaded.home, "inbox", "shop.vtt")
    path.write_text(path.read_text(encoding="utf-8") + "\n00:01:00.000 --> 00:01:02.000\n<v Ada Ruiz>Goodbye.\n")
    a_pass(house, TUESDAY + HOUR)
    read_anew = post_of(house, of(house, "posts"))
    assert (read_anew.media, read_anew.quotes[0].ref.revision) == (before.media, 2)
    number = of(house, "posts").revision
    make_clips(house, lambda: TUESDAY + HOUR)
    assert of(house, "posts").revision == number
