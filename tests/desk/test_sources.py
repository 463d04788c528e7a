"""A sentence of an edition is clicked and shows its source; and everything in an edition is moved or left out."""

from __future__ import annotations

import re

from bot.house import House
from bot.model.editor import Role
from bot.model.publication import Kind
from bot.store.drafts import Draft
from tests.desk.kit import Desk
from tests.work.desk import BENCH, LANES, POT, content, draft, lay, work


def key_of(page: str, words: str) -> str:
    """The key that a link in the frame bears."""
    found = re.search(rf'href="[^"]*#from-(\w+)"[^>]*>[^<]*{re.escape(words)}', page)
    assert found is not None, words
    return found[1]


def test_a_sentence_leads_to_its_source_with_a_script_and_without(desk: Desk, edition: Draft) -> None:
    owner = desk.at(Role.AUTHOR)
    quote = content(desk.house, edition).quotes[0]
    framed = owner.get(f"/drafts/{edition.id}/mail?links=here")
    policy = framed.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-top-navigation-by-user-activation; default-src 'none';")
    key = key_of(framed.text, quote.text[:20])
    (desk.house.loaded.home / "inbox" / POT).with_suffix(".mp3").write_bytes(b"0123456789")
    shown = owner.text(f"/drafts/{edition.id}/source?of={key}")
    assert "word for word" in shown
    assert f"<mark>{quote.text}" in shown or quote.trims
    assert shown.count('class="side"') == 4, "two lines on either side"
    heard = re.search(r'<audio [^>]*src="(/episodes/\d+/sound)#t=\d+"', shown)
    assert heard is not None, "the file beside the page, from two seconds before"
    part = owner.client.get(heard[1], headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.data) == (206, b"234"), "in pieces, not as a whole"
    assert desk.visitor().get(heard[1]).status_code == 303
    assert "<html" not in shown, "it is put into the page that is there"
    beside = owner.get(f"/drafts/{edition.id}/mail?links=beside&revision=1&scheme=dark")
    assert "sandbox allow-popups allow-popups-to-escape-sandbox; " in beside.headers["Content-Security-Policy"]
    where = f"/drafts/{edition.id}/source?revision=1&of={key}&whole=yes"
    assert f'href="{where}" target="_blank"' in beside.text.replace("&amp;", "&")
    whole = owner.text(where)
    assert "<html" in whole
    assert "word for word" in whole
    assert re.search(r'href="/drafts/\d+/source\?revision=1&(?:amp;)?whole=yes&(?:amp;)?of=\w+"', whole), "the next one"
    plain = owner.text(f"/drafts/{edition.id}?links=none")
    assert 'sandbox=""' in plain
    assert "The very bytes that go out" in plain
    assert "pq-from" not in owner.text(f"/drafts/{edition.id}/mail")


def test_what_an_editor_wrote_says_so_and_by_whom(desk: Desk, edition: Draft) -> None:
    owner = desk.at()
    typed = {"field:opener": "Do **listen** to this one."}
    tried = owner.send(f"/drafts/{edition.id}/try?links=here", **typed).text
    unsaved = owner.text(f"/drafts/{edition.id}/source?of={key_of(tried, 'Do ')}")
    assert "Not in the saved revision" in unsaved
    owner.send(f"/drafts/{edition.id}/edit", revision="1", **typed)
    saved = owner.text(f"/drafts/{edition.id}/source?of={key_of(tried, 'Do ')}")
    assert "An editor wrote this" in saved
    assert "olga, revision 2" in saved
    template = owner.text(f"/drafts/{edition.id}/source?of={key_of(tried, 'Quotes are word for word')}")
    assert "The template prints this" in template


def test_parts_and_quotes_are_moved_and_left_out_with_the_form_and_the_bytes_follow(house: House) -> None:
    for each in (BENCH, LANES):
        lay(house, each)
    work(house)
    desk, edition = Desk(house), draft(house, Kind.EDITION)
    owner = desk.at(Role.EDITOR)
    page = owner.text(f"/drafts/{edition.id}")
    quotes = re.findall(r'name="field:place:(quotes\.\w+)"', page)
    before = content(house, edition)
    assert before.html.index("Quotes of the week") > before.html.index("Lead story")
    typed = {"field:place:quotes": "1", f"field:skip:{quotes[0]}": "he asked us not to", "field:skip:also": "no room"}
    tried = owner.send(f"/drafts/{edition.id}/try", **typed).text
    assert tried.index("Quotes of the week") < tried.index("Lead story")
    owner.send(f"/drafts/{edition.id}/edit", revision=str(desk.revision(edition.id)), **typed)
    after = content(house, edition)
    for part, heading, lead in ((after.html, "Quotes of the week", "Lead story"), (after.text, "QUOTES", "LEAD")):
        assert part.index(heading) < part.index(lead)
    assert "Also from" not in after.html
    page = owner.text(f"/drafts/{edition.id}")
    assert quotes[0] not in re.findall(r'name="field:place:(quotes\.\w+)"', page)
    assert f'name="field:skip:{quotes[0]}" type="text" value="he asked us not to"' in page
    back = {f"field:skip:{quotes[0]}": "", "field:skip:also": "", "field:place:quotes": "5"}
    owner.send(f"/drafts/{edition.id}/edit", revision=str(desk.revision(edition.id)), **back)
    assert content(house, edition).html == before.html
    gone = owner.send(f"/drafts/{edition.id}/edit", revision="3", **{"field:place:quotes.00000000": "1"})
    assert gone.status_code == 409
    assert "Nothing in this edition is called" in gone.text


def test_a_theme_with_an_order_of_its_own_keeps_it(house: House) -> None:
    base = house.loaded.home / "themes" / "mine" / "email"
    base.mkdir(parents=True)
    (base.parent / "theme.toml").write_text('about = "Ours."\n', encoding="utf-8")
    (base / "base.html").write_text("<p>{{ edition.subject.text }}</p>", encoding="utf-8")
    assert not house.wardrobe.dressed("mine").orders_parts
    assert house.wardrobe.dressed("default").orders_parts
