"""Writing in an edition at the desk: what is typed is measured and shown by the sender's code before it is saved."""

from __future__ import annotations

import re

from bot.house import House
from bot.model.editor import Role
from bot.model.publication import Kind, Post
from bot.store.drafts import Draft
from tests.desk.kit import Desk
from tests.work.desk import BENCH, POT, a_post, approve_now, content, draft, hash_of, lay, with_config, work

_ANOTHER_CHANNEL = """
[channels.short]
platform = "outbox"
posts = ["quote"]
slots = ["13:00"]
zone = "UTC"
limit = 240
"""


def test_what_is_typed_is_measured_and_shown_and_not_kept(desk: Desk, edition: Draft) -> None:
    owner, before = desk.at(), hash_of(desk.house, edition)
    typed = {"field:opener": "Do **listen** <script>x</script>", f"field:note:{1}": "[a](javascript:x)"}
    shown = owner.send(f"/drafts/{edition.id}/count", **typed).text
    assert "min to read" in shown
    assert "<strong>listen</strong>" in shown
    assert "<script" not in shown
    assert "javascript:" not in re.sub(r">[^<]*<", "><", shown)
    tried = owner.send(f"/drafts/{edition.id}/try?as=text", **typed)
    assert "listen" in tried.text
    assert "sandbox" in tried.headers["Content-Security-Policy"]
    refused = owner.send(f"/drafts/{edition.id}/try", **{"field:opener": "He said “never, ever, on a boat”."})
    assert refused.status_code == 409
    assert hash_of(desk.house, edition) == before


def test_a_post_has_no_mail_to_try(desk: Desk, post: Draft) -> None:
    assert desk.at().send(f"/drafts/{post.id}/try").status_code == 404


def test_another_subject_is_taken_with_one_button(desk: Desk, edition: Draft) -> None:
    lay(desk.house, BENCH)
    work(desk.house)
    owner = desk.at(Role.EDITOR)
    page = owner.text(f"/drafts/{edition.id}")
    offered = re.findall(r'name="pick:subject" value="([^"]+)"', page)
    assert offered
    owner.send(f"/drafts/{edition.id}/edit", revision="2", **{"pick:subject": offered[0]})
    assert content(desk.house, edition).subject == offered[0]


def test_another_quote_and_another_place_are_taken_with_the_form(desk: Desk, edition: Draft) -> None:
    owner = desk.at(Role.EDITOR)
    page = owner.text(f"/drafts/{edition.id}")
    offered = re.findall(r'type="radio" name="(field:quote:\d+)" value="([^"]+)"', page)
    assert len(offered) > 1
    name, text = offered[1]
    owner.send(f"/drafts/{edition.id}/edit", revision="1", **{name: text})
    assert text in [each.text for each in content(desk.house, edition).quotes]
    assert f'value="{text}" checked' in owner.text(f"/drafts/{edition.id}")


def test_every_view_of_an_edition_says_what_it_shows(desk: Desk, edition: Draft) -> None:
    owner = desk.at()
    assert "A notice on a locked phone" in owner.text(f"/drafts/{edition.id}?view=inbox")
    assert "images=off" in owner.text(f"/drafts/{edition.id}?view=bare")
    for query, pictures in (("", "img-src 'self' data:"), ("?images=off", "img-src 'none'")):
        assert pictures in owner.get(f"/drafts/{edition.id}/mail{query}").headers["Content-Security-Policy"]


def test_a_difference_can_be_seen_to_what_was_drafted_and_to_what_was_approved(desk: Desk, post: Draft) -> None:
    owner = desk.at()
    for number, text in enumerate(("One.", "Two.", "Three."), start=1):
        owner.send(f"/drafts/{post.id}/edit", revision=str(number), **{"field:text": text})
        if number == 1:
            owner.send(f"/drafts/{post.id}/approve", seen=hash_of(desk.house, post))
    page = owner.text(f"/drafts/{post.id}")
    assert '<a href="?since=1#diff">what was drafted</a>' in page
    assert '<a href="?since=2#diff">what was approved last</a>' in page


def test_a_text_goes_to_other_channels_only_where_it_is_ticked(house: House) -> None:
    two = with_config(house, lambda text: text + _ANOTHER_CHANNEL)
    desk = Desk(two)
    lay(two, POT)
    work(two)
    mine, other = draft(two, Kind.QUOTE_POST, 0), draft(two, Kind.QUOTE_POST, 1)
    before = content(two, other).text
    owner = desk.at()
    owner.send(f"/drafts/{mine.id}/edit", revision="1", **{"field:text": "Mine alone."})
    assert content(two, other).text == before
    assert f'name="also" value="{other.id}"' in owner.text(f"/drafts/{mine.id}")
    owner.send(f"/drafts/{mine.id}/edit", revision="2", also=str(other.id), **{"field:text": "For both."})
    assert {content(two, each).text for each in (mine, other)} == {"For both."}
    too_long = owner.send(f"/drafts/{mine.id}/edit", revision="3", also=str(other.id), **{"field:text": "word " * 50})
    assert "keeps its text" in too_long.text
    assert content(two, mine).text == ("word " * 50).strip()
    assert content(two, other).text == "For both."


def test_a_line_that_ran_on_the_channel_before_is_told(desk: Desk, post: Draft) -> None:
    again = a_post(desk.house, Post(content(desk.house, post).text, None, "en", content(desk.house, post).quotes, ()))
    approve_now(desk.house, post)
    assert "Said before?" in desk.at().text(f"/drafts/{again.id}")
    assert "Said before?" not in desk.at().text(f"/drafts/{post.id}")
