"""Reviewing quotes at the desk: the candidates in their place, another one in a post, an end moved by a sentence."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.desk.candidates import candidate
from bot.house import House
from bot.model.editor import Role
from bot.model.episode import Enclosure, Episode, Segment, Transcript
from bot.model.publication import Kind, Post
from bot.model.states import DraftState
from bot.quotes import lock, stretch
from bot.store import drafts, episodes, labels
from tests.desk.visits import Visit
from tests.work.desk import BENCH, LANES, POT, TUESDAY, a_post, approve_now, content, draft, history, lay, work
from tests.work.test_slots_of_channels import episode


@pytest.fixture
def visit(house: House) -> Visit:
    lay(house, POT)
    work(house)
    return Visit(house)


def quoted(visit: Visit) -> drafts.Draft:
    return draft(visit.house, Kind.QUOTE_POST)


def post_of(visit: Visit) -> Post:
    found = content(visit.house, quoted(visit))
    assert isinstance(found, Post)
    return found


def move(visit: Visit, edge: str, **form: str) -> int:
    of = quoted(visit)
    sent = {"revision": str(of.revision), **form}
    return visit.post(f"/drafts/{of.id}/quote/{edge}", **sent).status_code


def proven(visit: Visit) -> None:
    post = post_of(visit)
    with visit.house.store.read() as db:
        transcript = episodes.load(db, post.quotes[0].ref).transcript
    assert transcript is not None
    lock.check(transcript, post.quotes[0])
    assert post.quotes[0].text in post.text


def possible(visit: Visit) -> str:
    """An edge that can be moved, as the page offers it."""
    shown = visit.text(f"/drafts/{quoted(visit).id}/quote")
    buttons = dict(re.findall(r'<button [^>]*formaction="[^"]*/quote/((?:begin|end)-\w+)"([^>]*)>', shown))
    assert len(buttons) == 4
    return next(edge for edge in ("begin-earlier", "end-later") if "disabled" not in buttons[edge])


def test_an_episode_shows_its_candidates_with_reasons_and_their_place(visit: Visit) -> None:
    number = post_of(visit).episodes[0].episode
    assert f'href="/episodes/{number}"' in visit.text("/episodes")
    shown = visit.text(f"/episodes/{number}")
    with visit.house.store.read() as db:
        digest = episodes.digest(db, number)
    assert digest is not None
    assert len(digest.quotes) >= 2
    assert shown.count('<figure class="quote exact">') + shown.count('<figure class="quote trimmed">') == len(
        digest.quotes
    )
    assert f"{digest.quotes[0].score:.2f}" in shown
    assert digest.quotes[0].reasons[0] in shown
    assert "<mark>" in shown
    assert 'class="side"' in shown
    others = visit.text(f"/episodes/{number}?others=1")
    assert "Not to be picked by itself:" in others


def test_sound_may_be_played_on_these_pages_only(visit: Visit) -> None:
    number = post_of(visit).episodes[0].episode
    for path in (f"/episodes/{number}", f"/drafts/{quoted(visit).id}/quote"):
        policy = visit.get(path).headers["Content-Security-Policy"]
        assert "media-src 'self' https:" in policy
        assert "script-src 'self';" in policy
        assert "default-src 'none'" in policy
    for path in ("/", "/episodes", f"/drafts/{quoted(visit).id}"):
        assert "media-src" not in visit.get(path).headers["Content-Security-Policy"]


def test_the_lock_has_three_colours_and_links_lead_to_the_web_only() -> None:
    said = Transcript((Segment("So, The work is slow. It never lies.", 62.0, 70.0, speaker="Bo"),))
    sound, page = Enclosure("https://sound.example/a.mp3?x=1#t=9"), "https://bread.example/1"
    episode = Episode("Bread", transcript=said, audio=sound, url=page)
    trimmed = candidate(episode, stretch.taken(episode, 0, 21).quote, rated=False)
    assert (trimmed.text, trimmed.raw) == ("The work is slow.", "So, The work is slow.")
    assert (trimmed.lock, trimmed.trims) == ("trimmed", ("opening words",))
    exact = candidate(episode, stretch.taken(episode, 22, 36).quote, rated=False)
    assert (exact.lock, exact.score, [each.text for each in exact.before]) == (
        "exact",
        None,
        ["So, The work is slow."],
    )
    false = candidate(episode, replace(stretch.taken(episode, 22, 36).quote, text="It lies."), rated=False)
    assert false.lock == "false"
    assert "take the words as said" in false.fault
    assert trimmed.audio == "https://sound.example/a.mp3?x=1#t=60", "from two seconds before"
    assert trimmed.page == "https://bread.example/1#t=62"
    hostile = replace(episode, audio=Enclosure("http://sound.example/a.mp3"), url="javascript:alert(1)")
    plain = candidate(hostile, stretch.taken(hostile, 22, 36).quote, rated=False)
    assert (plain.audio, plain.page) == (None, None)


def test_an_end_moves_by_a_sentence_and_the_post_is_written_anew(visit: Visit) -> None:
    before = post_of(visit)
    assert f'href="/drafts/{quoted(visit).id}/quote"' in visit.text(f"/drafts/{quoted(visit).id}")
    edge = possible(visit)
    assert move(visit, edge) == 303
    after = post_of(visit)
    assert len(after.quotes[0].text) > len(before.quotes[0].text)
    assert quoted(visit).revision == 2
    proven(visit)
    back = "begin-later" if edge == "begin-earlier" else "end-earlier"
    assert move(visit, back) == 303
    assert post_of(visit) == before, "there and back gives the very bytes that were drafted"


def test_another_candidate_takes_the_place_and_the_old_one_is_judged(visit: Visit) -> None:
    old = post_of(visit).quotes[0]
    shown = visit.text(f"/drafts/{quoted(visit).id}/quote")
    found = re.search(r'name="begin" value="(\d+)"><input type="hidden" name="stop" value="(\d+)"', shown)
    assert found is not None
    assert move(visit, "take", begin=found[1], stop=found[2]) == 303
    new = post_of(visit).quotes[0]
    assert (new.begin, new.stop) == (int(found[1]), int(found[2])) != (old.begin, old.stop)
    proven(visit)
    with visit.house.store.read() as db:
        verdicts = {(each.begin, each.verdict) for each in labels.everything(db)}
    assert (old.begin, labels.Verdict.SKIPPED) in verdicts


def test_a_change_voids_the_approval(visit: Visit) -> None:
    approve_now(visit.house, quoted(visit))
    assert move(visit, possible(visit)) == 303
    assert quoted(visit).state is DraftState.IN_REVIEW
    with visit.house.store.read() as db:
        assert drafts.approval(db, quoted(visit)) is None


@pytest.mark.parametrize("place", [("1", "9"), ("0", "99999999"), ("7", "3"), ("x", "y"), ("-1", "4"), ("", "")])
def test_a_forged_place_is_refused_and_nothing_changes(visit: Visit, place: tuple[str, str]) -> None:
    before = post_of(visit)
    assert move(visit, "take", begin=place[0], stop=place[1]) in (400, 409)
    assert post_of(visit) == before
    assert quoted(visit).revision == 1


def test_a_stale_page_moves_nothing_twice(visit: Visit) -> None:
    edge = possible(visit)
    assert move(visit, edge, revision="1") == 303
    assert move(visit, edge, revision="1") == 409
    assert quoted(visit).revision == 2


def test_own_words_go_only_when_somebody_says_so(visit: Visit) -> None:
    own = "My own words. " + post_of(visit).text
    visit.post(f"/drafts/{quoted(visit).id}/edit", **{"revision": "1", "field:text": own})
    assert post_of(visit).text == own
    edge = possible(visit)
    assert move(visit, edge) == 409
    assert post_of(visit).text == own
    assert move(visit, edge, give_up="yes") == 303
    assert not post_of(visit).text.startswith("My own words.")
    proven(visit)


def test_a_chosen_quote_outlives_a_new_reading(visit: Visit) -> None:
    assert move(visit, possible(visit)) == 303
    chosen = post_of(visit).quotes[0].text
    lay(visit.house, POT, change=lambda page: page.replace("pot", "jug", 1).replace("Pot", "Jug", 1))
    work(visit.house)
    assert post_of(visit).quotes[0].text == chosen
    assert any(
        "the quote that an editor chose was kept" in each for each in history(visit.house, f"draft:{quoted(visit).id}")
    )


def test_who_may_not_edit_moves_nothing(visit: Visit) -> None:
    of = quoted(visit)
    answer = visit.client.post(f"/drafts/{of.id}/quote/end-later", data={"revision": "1"})
    assert answer.status_code == 403, "without the word of the session"
    fresh = visit.client.application.test_client().get(f"/drafts/{of.id}/quote")
    assert fresh.status_code == 303
    assert quoted(visit).revision == 1


def test_a_line_that_ran_before_is_shown_as_said(visit: Visit) -> None:
    of = quoted(visit)
    number = post_of(visit).episodes[0].episode
    approve_now(visit.house, of)
    work(visit.house, TUESDAY)
    assert "Said before? The same line" in visit.text(f"/episodes/{number}")
    assert f'<a href="/drafts/{of.id}">draft {of.id}</a> for posts' in visit.text(f"/episodes/{number}")


def test_one_note_names_every_channel_that_has_the_same_line(visit: Visit) -> None:
    of = quoted(visit)
    others = [a_post(visit.house, post_of(visit), key=f"same-{number}", episode=of.episode_id) for number in range(3)]
    shown = visit.text(f"/drafts/{of.id}/quote")
    assert shown.count("Said before? The same line") == 1
    for each in others:
        assert f'<a href="/drafts/{each.id}">draft {each.id}</a> for posts' in shown


def test_pages_of_what_is_not_there(visit: Visit) -> None:
    edition = draft(visit.house, Kind.EDITION)
    for path in ("/episodes/999", "/drafts/999/quote", f"/drafts/{edition.id}/quote", "/drafts/999/sources"):
        assert visit.get(path).status_code == 404
    assert visit.get(f"/drafts/{quoted(visit).id}/sources").status_code == 404
    for before in ("x", "-1", "0", "99999999999999999999"):
        assert visit.get(f"/episodes?before={before}").status_code == 200


def test_the_list_goes_back_page_by_page(house: House) -> None:
    for number in range(1, 121):
        episode(house, number)
    visit = Visit(house)
    seen, path = [], "/episodes"
    while path:
        shown = visit.text(path)
        seen += [int(each) for each in re.findall(r'href="/episodes/(\d+)"', shown)]
        older = re.search(r'href="(/episodes\?before=\d+)"', shown)
        path = older[1] if older else ""
    assert seen == list(range(120, 0, -1))


def test_every_sentence_of_an_edition_leads_to_its_source(house: House) -> None:
    for seed in (POT, BENCH, LANES):
        lay(house, seed)
    work(house)
    visit = Visit(house)
    edition = draft(house, Kind.EDITION)
    shown = visit.text(f"/drafts/{edition.id}/sources")
    assert f'href="/drafts/{edition.id}/sources"' in visit.text(f"/drafts/{edition.id}")
    with house.store.read() as db:
        members = drafts.edition_of(db, edition)
        digests = [found for each in members if (found := episodes.digest(db, each))]
    for digest in digests:
        assert f'href="/episodes/{digest.ref.episode}"' in shown
    assert "of-quote exact" in shown
    assert "not in the source" not in shown
    skipped = members[0]
    visit.post(
        f"/drafts/{edition.id}/edit",
        **{"revision": str(draft(house, Kind.EDITION).revision), f"field:skip:{skipped}": "too long ago"},
    )
    assert "skipped: too long ago" in visit.text(f"/drafts/{edition.id}/sources")


def test_markup_in_a_transcript_stays_text(house: House) -> None:
    lay(
        house, POT, change=lambda page: page.replace("pot", "<script>alert(1)</script>pot").replace("Pot", "<b>Pot</b>")
    )
    work(house)
    visit = Visit(house, role=Role.AUTHOR)
    with house.store.read() as db:
        number = episodes.listed(db, limit=1)[0].id
    shown = visit.text(f"/episodes/{number}?others=1")
    assert "<script>alert" not in shown
