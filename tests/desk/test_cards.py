"""Cards at the desk: seen as they go out, with their alt text, in another size, or not at all."""

from __future__ import annotations

from bot.house import House
from bot.model.editor import Role
from bot.model.publication import Post
from tests.desk.kit import Desk
from tests.work.desk import content
from tests.work.test_cards import always, having, of


def test_a_card_is_seen_described_and_chosen(house: House) -> None:
    house = having(house, "", instead=always)
    number = of(house, "posts").id
    desk = Desk(house)
    eve = desk.at(Role.EDITOR)
    post = content(house, of(house, "posts"))
    assert isinstance(post, Post)
    shown = eve.text(f"/drafts/{number}")
    assert f'src="/media/{post.media[0].sha256}"' in shown
    assert f"Alt text:</strong> {post.media[0].alt}" in shown
    assert '<option value="square" selected>square, 1080 × 1080</option>' in shown
    assert "picture of the link's card" not in shown
    seen = desk.visitor().get(f"/media/{post.media[0].sha256}.png")
    assert (seen.status_code, seen.mimetype) == (200, "image/png")

    answer = eve.send(f"/drafts/{number}/edit", revision="1", **{"field:text": post.text, "field:alt": "Onions, said."})
    assert answer.status_code == 303
    assert eve.send(f"/drafts/{number}/card", revision="2", choice="story").status_code == 303
    after = content(house, of(house, "posts"))
    assert isinstance(after, Post)
    assert (after.media[0].height, after.media[0].alt) == (1920, "Onions, said.")
    stale = eve.send(f"/drafts/{number}/card", revision="2", choice="none")
    assert stale.status_code == 409
    assert "is revision 3 now" in stale.text
    assert eve.send(f"/drafts/{number}/card", revision="3", choice="none").status_code == 303
    assert '<option value="none" selected>' in eve.text(f"/drafts/{number}")
